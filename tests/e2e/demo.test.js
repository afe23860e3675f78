// deploy/demo --once: what it prints is what the issue promises, to the centavo, and it stops with exit code 0.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { test, before } = require('node:test');

const ROOT = path.resolve(__dirname, '../..');
const AMOUNT = /-?[0-9][0-9,]*\.[0-9]{2}(?![0-9])/g;
const minor = (text) => BigInt(text.replaceAll(/[,.]/g, ''));

// The output in pieces, by heading.
const sections = new Map();
before(() => {
  assert.ok(process.env.ORIUNDO_BUILD, 'ORIUNDO_BUILD must name the build folder');
  const demo = spawnSync(path.join(ROOT, 'deploy/demo'), ['--once'], {
    cwd: '/',
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, LANG: 'C', LC_ALL: 'C' },
  });
  assert.equal(demo.status, 0, `deploy/demo --once ended with ${demo.status}:\n${demo.stdout}\n${demo.stderr}`);
  const [, ...parts] = demo.stdout.split(/^== */m);
  for (const part of parts) sections.set(part.slice(0, part.indexOf('\n')).trim(), part.slice(part.indexOf('\n')));
});

function section(heading) {
  const found = [...sections.keys()].find((key) => key.startsWith(heading));
  assert.ok(found, `no section "${heading}" among: ${[...sections.keys()].join(' | ')}`);
  return sections.get(found);
}

// The amounts of the first line that begins with `title`.
function row(text, title) {
  const line = text.split('\n').find((candidate) => candidate.replace(/^[\s|]+/, '').startsWith(`${title} `));
  assert.ok(line, `no row "${title}" in:\n${text}`);
  return line.match(AMOUNT) ?? [];
}

// The rows of a trail from or to `name`, as {kind, amount}.
function trailRows(text, name) {
  return text
    .split('\n')
    .filter((line) => line.includes(name))
    .map((line) => ({
      line,
      kind: /SPENT|REFUNDED|TAKEN_BACK|EQUALISED|LEFT/.exec(line)[0],
      amount: minor(line.match(AMOUNT)[0]),
    }));
}

test('AT2: the Tekax road with its dues, deviations and gap', () => {
  const tekax = section('1. The Tekax road');
  assert.match(tekax, /CLOSED/);
  assert.deepEqual(row(tekax, 'due'), ['706,867.00', '353,433.50', '353,433.50', '1,413,734.00']);
  assert.deepEqual(row(tekax, 'confirmed'), ['706,867.00', '353,433.00', '353,433.00', '1,413,733.00']);
  assert.deepEqual(row(tekax, 'deviation'), ['0.00', '-0.50', '-0.50', '-1.00']);
  assert.deepEqual(row(tekax, 'gap'), ['0.00', '0.50', '0.50', '1.00']);
  assert.deepEqual(row(tekax, 'over-match'), ['0.00', '0.00', '0.00', '0.00']);
  assert.deepEqual(row(tekax, 'verified'), ['0.00', '0.00', '353,433.00', '353,433.00']);
  assert.deepEqual(row(tekax, 'received'), ['706,867.00', '353,433.00', '0.00', '1,060,300.00']);
  assert.deepEqual(row(tekax, 'share'), ['50.00', '25.00', '25.00']);
  assert.match(tekax, /within the tolerance of 1\.00 MXN/);
});

test('AT4: the Jalpilla street with its over-match and the difference to the published total', () => {
  const jalpilla = section('2. The Jalpilla street');
  assert.deepEqual(row(jalpilla, 'confirmed'), [
    '291,439.85',
    '291,439.85',
    '387,698.95',
    '291,439.85',
    '1,262,018.50',
  ]);
  assert.deepEqual(row(jalpilla, 'due'), ['291,439.85', '291,439.85', '291,439.85', '291,439.85', '1,165,759.40']);
  assert.deepEqual(row(jalpilla, 'over-match'), ['0.00', '0.00', '96,259.10', '0.00', '96,259.10']);
  assert.deepEqual(row(jalpilla, 'gap'), ['0.00', '0.00', '0.00', '0.00', '0.00']);
  assert.deepEqual(row(jalpilla, 'deviation'), ['0.00', '0.00', '96,259.10', '0.00', '96,259.10']);
  assert.deepEqual(row(jalpilla, 'share'), ['23.09', '23.09', '30.72', '23.09']);
  assert.deepEqual(row(jalpilla, 'matched'), [
    '291,439.85',
    '291,439.85',
    '291,439.85',
    '291,439.85',
    '1,165,759.40',
  ]);
  assert.match(jalpilla, /covered every share of a total of 1,165,759\.40 MXN; 96,259\.10 MXN stand beyond it/);
  assert.match(
    jalpilla,
    /^Published total 1,262,000\.00 MXN, in the ledger 1,262,018\.50 MXN: a difference of 18\.50 MXN, /m,
  );
});

test('the trail from one deposit to the invoices it paid', () => {
  const street = trailRows(section("What the club's deposit paid"), 'contributions/deposit-1');
  assert.equal(
    street.reduce((sum, { amount }) => sum + amount, 0n),
    minor('291,439.85'),
  );
  assert.ok(street.some(({ kind, line }) => kind === 'SPENT' && line.includes('expenditures/synthetic-invoice-1')));
  const rows = trailRows(section("What the club's first deposit paid"), 'contributions/deposit-1');
  assert.ok(
    rows.length > 0 &&
      rows.every(({ kind, line }) => kind === 'SPENT' && line.includes('expenditures/synthetic-invoice-')),
  );
  assert.equal(
    rows.reduce((sum, { amount }) => sum + amount, 0n),
    20000000n,
  );
});

test('the trail from one invoice to who paid it', () => {
  const rows = trailRows(section('Who paid the last invoice'), 'expenditures/synthetic-invoice-2');
  assert.equal(
    rows.reduce((sum, { amount }) => sum + amount, 0n),
    51373300n,
  );
  for (const party of ['federacion-mx', 'municipio-tekax', 'club-tekax'])
    assert.ok(
      rows.some(({ line }) => line.includes(party)),
      party,
    );
  const street = trailRows(section('Who paid its second invoice'), 'expenditures/synthetic-invoice-2');
  assert.equal(
    street.reduce((sum, { amount }) => sum + amount, 0n),
    50000000n,
  );
});

test('the statement as it was known before the first deposit was verified', () => {
  const known = section('What was known before');
  assert.deepEqual(row(known, 'declared, waiting'), ['0.00', '0.00', '200,000.00', '200,000.00']);
  assert.deepEqual(row(known, 'verified'), ['0.00', '0.00', '0.00', '0.00']);
});

test('the twelve works of Miguel Auza add up to what the press reports', () => {
  const works = section('3. The twelve works');
  for (const role of ['federal', 'state', 'municipality', 'club'])
    assert.match(works, new RegExp(`^${role}: 3,518,065\\.00 MXN in 12 works$`, 'm'));
});

test('each of the twelve works has its shares, deviations and gap', () => {
  const works = section('Shares, deviations and gap of each').split(/^(?=miguel-auza-\d\d$)/m);
  assert.equal(works.length, 13); // The blank line before the first.
  for (const work of works.slice(1)) {
    assert.equal(row(work, 'due').length, 5, work);
    assert.deepEqual(row(work, 'due'), row(work, 'confirmed'), work);
    for (const title of ['deviation', 'gap', 'over-match'])
      assert.deepEqual(row(work, title), ['0.00', '0.00', '0.00', '0.00', '0.00'], work);
    assert.deepEqual(row(work, 'share'), ['25.00', '25.00', '25.00', '25.00'], work);
  }
});

test('each of the twelve works has its trail both ways', () => {
  const trails = section('From each club deposit').match(/^miguel-auza-\d\d .*$/gm);
  assert.equal(trails.length, 12);
  for (const trail of trails) {
    assert.match(trail, /contributions\/deposit-1 .*expenditures\/synthetic-invoice-1 /);
    const [given, ...payers] = trail.match(AMOUNT).map(minor);
    assert.deepEqual(payers, [given, given, given, given], trail); // Four equal quarters.
  }
});

test('AT11: the dollars with what their way cost', () => {
  const dollars = section("4. A club's dollars");
  for (const figure of ['14,000.00', '140.00', '35.00', '13,825.00', '248,158.75', '6,647.06', '9,872.45']) {
    assert.ok(dollars.includes(figure), `${figure} in:\n${dollars}`);
  }
  assert.match(dollars, /\b382\b|3\.82 %/);
});

test("the statement of the federation's clubs and the year add up to the single projects", () => {
  const clubs = section("6. What the federation's clubs owe");
  // Tekax, Jalpilla, twelve works and the dollars.
  assert.match(clubs, /^club +15 /m);
  const [due, given] = row(clubs, 'total');
  assert.equal(minor(due), 35343350n + 29143985n + 351806500n + 24815875n);
  assert.equal(minor(given), 35343300n + 29143985n + 351806500n + 24815875n);
  const year = section('The year 2010 of the federal programme');
  assert.match(year, /^projects +13$/m);
  assert.deepEqual(row(year, 'federal part due'), ['3,809,504.85']);
  assert.match(year, /^total +15,238,019\.40 +15,334,278\.50 .* 96,259\.10$/m);
});

test('refusals say what a clerk can act on, and the journal checks clean', () => {
  const refused = section('5. Refused');
  for (const reason of ['NOT_OWN_CLUB', 'ACTOR_NOT_ALLOWED', 'RELEASE_ABOVE_TRANCHE'])
    assert.ok(refused.includes(reason), reason);
  assert.ok([...sections.keys()].some((heading) => heading.startsWith('The journal, checked')));
});
