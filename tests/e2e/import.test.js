// oriundo import against a served ledger: what goes in, what is reported, and that any end of a run leaves a state to go on from.
'use strict';

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test, before, after } = require('node:test');
const { Server } = require('../node/lib/server');

const ROOT = path.resolve(__dirname, '../..');
const PROGRAM = path.join(process.env.ORIUNDO_BUILD ?? '', 'bin/oriundo');
const IMPORTS = path.join(ROOT, 'deploy/imports');
const YEAR = path.join(ROOT, 'tests/year');
const PROGRAMMES = fs
  .readdirSync(path.join(ROOT, 'deploy/programmes'))
  .filter((name) => name.endsWith('.textproto'))
  .map((name) => path.join(ROOT, 'deploy/programmes', name));
const PRESS = [
  '--mapping',
  path.join(IMPORTS, 'press_projects.textproto'),
  path.join(IMPORTS, 'data/press_projects.csv'),
];
const TABLE_6 = [
  '--mapping',
  path.join(IMPORTS, 'zacatecas_table6.textproto'),
  path.join(IMPORTS, 'data/zacatecas_table6_3x1.csv'),
];
const PROJECTS = 40;

let folder;
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oriundo-import-'));
  const generate = path.join(YEAR, 'generate.js');
  const generated = spawnSync('node', [generate, `${folder}/year`, '--projects', String(PROJECTS), '--seed', 'e2e'], {
    encoding: 'utf8',
  });
  assert.equal(generated.status, 0, generated.stderr);
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

// Starts the program; `result` resolves to its exit code and what it printed.
function start(server, args) {
  const env = { ...process.env, ORIUNDO_ADDRESS: server.address, LANG: 'C', LC_ALL: 'C' };
  const child = spawn(PROGRAM, ['--as', 'administrator/root', ...args], { env });
  const printed = { out: '', err: '' };
  child.stdout.on('data', (text) => (printed.out += text));
  child.stderr.on('data', (text) => (printed.err += text));
  const result = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...printed }));
  });
  return { child, result };
}

// The one JSON value that the program prints; its exit code must be as said.
async function json(server, code, args) {
  const result = await start(server, ['--json', ...args]).result;
  assert.equal(result.code, code, `${args.join(' ')}:\n${result.out}${result.err}`);
  return JSON.parse(result.out);
}

const journalEnd = async (server) => Number((await json(server, 0, ['entry', 'list', '--page-size', '1'])).sequence);

// A ledger of its own with what the files need, for one test.
async function onLedger(manifests, run) {
  const server = await Server.start();
  try {
    await json(server, 0, ['apply', ...PROGRAMMES, ...manifests]);
    await run(server);
    await server.stop();
    server.check();
  } finally {
    server.remove();
  }
}
const onPressLedger = (run) =>
  onLedger(
    ['press_projects', 'zacatecas_table6'].map((name) => path.join(IMPORTS, `${name}.programme.textproto`)),
    run,
  );

// A ledger with the states, municipalities and clubs of a small year.
const onYearLedger = (run) =>
  onLedger([path.join(YEAR, 'organizations.textproto')], async (server) => {
    for (const name of ['states', 'municipalities', 'clubs']) await json(server, 0, yearImport(name));
    await run(server);
  });
const yearImport = (name, file = `${folder}/year/${name}.csv`, mapping = path.join(YEAR, `${name}.textproto`)) => [
  'import',
  '--mapping',
  mapping,
  file,
];

// The projects of the year with some lines changed, as a file of its own.
function projectsWith(name, change) {
  const lines = fs.readFileSync(`${folder}/year/projects.csv`, 'utf8').split('\n');
  change(lines);
  const file = path.join(folder, `${name}.csv`);
  fs.writeFileSync(file, lines.join('\n'));
  return file;
}
// The projects' mapping with a text replaced.
function mappingWith(name, from, to) {
  const text = fs.readFileSync(path.join(YEAR, 'projects.textproto'), 'utf8');
  assert.ok(text.includes(from));
  const file = path.join(folder, `${name}.textproto`);
  fs.writeFileSync(file, text.replaceAll(from, to));
  return file;
}

const differing = (report) =>
  report.figures
    .filter((figure) => figure.difference_minor_units !== '0')
    .map((figure) =>
      [figure.subject.replace('projects/', ''), figure.check, figure.printed, figure.difference_minor_units].join('|'),
    );

test('a dry run finds the differences and writes nothing', () =>
  onPressLedger(async (server) => {
    const end = await journalEnd(server);
    const report = await json(server, 0, ['import', '--dry-run', ...PRESS]);
    assert.equal(report.dry_run, true);
    assert.equal(report.projects.written, 21);
    assert.ok(differing(report).includes('tekax-2014|parts against total|1413734|-100'));
    assert.ok(differing(report).includes('jalpilla-dovarganes|agreed total|1262000|-9624060'));
    assert.equal(await journalEnd(server), end);
    const forPeople = await start(server, ['import', '--dry-run', ...PRESS]).result;
    assert.match(forPeople.out, /^dry run, nothing written +would be written/m);
  }));

test('AT2, AT4, AT18: the press projects go in as they are, with what does not add up reported', () =>
  onPressLedger(async (server) => {
    const report = await json(server, 0, ['import', ...PRESS]);
    assert.deepEqual(differing(report), [
      'tekax-2014|parts against total|1413734|-100',
      'tekax-2014|deviation from the due|353433|-50',
      'tekax-2014|deviation from the due|353433|-50',
      'jalpilla-dovarganes|parts against total|1262000|1850',
      'jalpilla-dovarganes|agreed total|1262000|-9624060',
      'jalpilla-dovarganes|deviation from the due|387698.95|9625910',
      'jalpilla-dovarganes|over-match|387698.95|9625910',
      '|package of 2011, Zacatecas|4219998|-99900',
      '|package of Colima|3000000|-100000',
    ]);
    assert.deepEqual(report.problems, []);
    assert.deepEqual(
      report.notes.map((note) => note.line),
      [23],
      'Agua Fria has no total',
    );
    assert.equal(report.projects.written, 21);
    // What the ledger itself says of them.
    const states = new Map(
      (await json(server, 0, ['project', 'list', '--all'])).projects.map(({ name, state }) => [name, state]),
    );
    assert.equal([...states.values()].filter((state) => state === 'DRAFT').length, 18);
    for (const id of ['tekax-2014', 'jalpilla-dovarganes', 'miguel-auza-12'])
      assert.equal(states.get(`projects/${id}`), 'EXECUTING');
    const street = await json(server, 0, ['statement', 'jalpilla-dovarganes']);
    assert.equal(street.total_confirmed_minor_units, '126201850');
    assert.equal(street.matched_base_minor_units, '116575940');
    assert.equal(street.over_match_minor_units, '9625910');
    const road = await json(server, 0, ['statement', 'tekax-2014']);
    assert.deepEqual([road.gap_minor_units, road.complies], ['100', true]);
    // What no source gives says so.
    const deposit = await json(server, 0, ['contribution', 'get', 'tekax-2014/deposit-3']);
    assert.match(deposit.memo, /^Importe de https:\/\/grillodeyucatan\.com\S+ Sinteticos: fecha, cuenta y recibo$/);

    // Again: nothing is written, and the same is reported.
    const end = await journalEnd(server);
    const again = await json(server, 0, ['import', ...PRESS]);
    assert.equal(again.projects.already_there, 21);
    assert.deepEqual(differing(again), differing(report));
    const tried = await json(server, 0, ['import', '--dry-run', ...PRESS]);
    assert.deepEqual([tried.projects.written, tried.projects.already_there], [0, 21]);
    assert.equal(await journalEnd(server), end);
  }));

test('an amount that grew after it went in is told with both and their difference, and is no excess', () =>
  onPressLedger(async (server) => {
    const first = await json(server, 0, ['import', ...PRESS]);
    assert.ok(first.money.written > 8, 'the money that projects brought is counted');
    assert.deepEqual(first.money_of_projects, first.money);
    const end = await journalEnd(server);
    const lines = fs.readFileSync(PRESS[2], 'utf8').split('\n');
    const row = lines.findIndex((line) => line.startsWith('jalpilla-dovarganes,'));
    assert.ok(lines[row].includes(',291439.85,'));
    lines[row] = lines[row].replace(',291439.85,', ',301439.85,');
    const file = path.join(folder, 'grown.csv');
    fs.writeFileSync(file, lines.join('\n'));
    for (const dry of [[], ['--dry-run']]) {
      const report = await json(server, 1, ['import', ...dry, '--on-error', 'continue', ...PRESS.slice(0, 2), file]);
      const [figure] = report.figures.filter(({ check }) => check === 'recorded in the ledger');
      assert.deepEqual(
        [figure.line, figure.column, figure.subject, figure.printed, figure.computed, figure.difference_minor_units],
        [row + 1, 'federal', 'projects/jalpilla-dovarganes', '301439.85', '291439.85', '-1000000'],
      );
      assert.deepEqual(
        report.problems.map(({ line, column, subject }) => [line, column, subject]),
        [[row + 1, 'federal', 'projects/jalpilla-dovarganes']],
      );
      assert.match(report.problems[0].reason, /has 291,439\.85 MXN, the row prints 301,439\.85 MXN, a difference of -10,000\.00 MXN/);
    }
    const forPeople = await start(server, ['--lang', 'es', 'import', ...PRESS.slice(0, 2), file]).result;
    assert.match(forPeople.err, /el renglón imprime 301,439\.85 MXN/);
    assert.match(forPeople.err, /^Los renglones nombrados arriba no entrarán como están/m);
    // A total that changed is told with both.
    const total = path.join(folder, 'total.csv');
    const press = fs.readFileSync(PRESS[2], 'utf8');
    assert.ok(press.includes('"road 5,200 m2",1413734,'));
    fs.writeFileSync(total, press.replace('"road 5,200 m2",1413734,', '"road 5,200 m2",1413735,'));
    const changed = await json(server, 1, ['import', '--on-error', 'continue', ...PRESS.slice(0, 2), total]);
    assert.match(changed.problems[0].reason, /: its total is 1,413,734\.00 MXN there and 1,413,735\.00 MXN by the file$/);
    assert.equal(await journalEnd(server), end, 'nothing was written');
    assert.equal((await json(server, 0, ['import', ...PRESS])).projects.already_there, 21);
  }));

test('AT17: the years of Table 6 go in as drafts, one dollar below the printed total', () =>
  onPressLedger(async (server) => {
    const csv = path.join(folder, 'table6-report.csv');
    const result = await start(server, ['--lang', 'es', 'import', '--report', csv, ...TABLE_6]).result;
    assert.equal(result.code, 0, result.err);
    assert.match(result.out, /^Cifras comparadas: 2; distintas: 1\. Ninguna se cambió\.$/m);
    assert.match(result.out, /^proyectos +8 +0 +0 +0$/m);
    assert.match(
      fs.readFileSync(csv, 'utf8'),
      /^figure,[^,]+table6_3x1\.csv,,,,investment of all years,,16823670,16823669\.00,-1\.00,-100,USD,"Table 6, last line"$/m,
    );
    const { projects } = await json(server, 0, ['project', 'list', '--all']);
    assert.equal(
      projects.reduce((sum, project) => sum + BigInt(project.total_minor_units), 0n),
      1682366900n,
    );
    assert.deepEqual([...new Set(projects.map(({ state }) => state))], ['DRAFT']);
  }));

test('a malformed row keeps everything out, or only itself, as asked; once mended it goes in alone', () =>
  onYearLedger(async (server) => {
    const bad = projectsWith('bad', (lines) => {
      lines[3] = lines[3].replace(/,[0-9.]+$/, ',12.345');
      lines[5] = lines[5].replace('obra-2008-0005', '"obra-2008-0005" x');
      lines[7] += ',one more';
    });
    const end = await journalEnd(server);
    const stopped = await json(server, 2, yearImport('projects', bad));
    assert.deepEqual([stopped.projects.written, stopped.projects.not_tried], [0, PROJECTS - 3]);
    // A dry run promises no more than that.
    const dry = await json(server, 2, [...yearImport('projects', bad), '--dry-run']);
    assert.deepEqual([dry.projects.written, dry.projects.not_tried], [0, PROJECTS - 3]);
    assert.equal(await journalEnd(server), end);

    const went = await json(server, 2, [...yearImport('projects', bad), '--on-error', 'continue']);
    assert.equal(went.projects.written, PROJECTS - 3);
    assert.deepEqual(
      went.problems.map(({ file, line, column, reason }) => [path.basename(file), line, column, reason]),
      [
        ['bad.csv', 4, 'club_part', '12.345 has 3 decimals; MXN has 2'],
        ['bad.csv', 6, '', 'text after the closing quote; a quote inside a quoted field is written twice'],
        ['bad.csv', 8, '', 'the row has 14 fields; the header names 13 columns'],
      ],
    );
    const forPeople = await start(server, ['--lang', 'es', ...yearImport('projects', bad)]).result;
    assert.equal(forPeople.code, 2);
    assert.match(
      forPeople.err,
      /bad\.csv:4:\d+, columna "club_part", projects\/obra-2008-0003: 12\.345 tiene 3 decimales/,
    );
    assert.match(forPeople.err, /^Los renglones nombrados arriba no entrarán como están\. Corríjalos/m);

    const mended = await json(server, 0, yearImport('projects'));
    assert.deepEqual([mended.projects.written, mended.projects.already_there], [3, PROJECTS - 3]);
  }));

test('a row that the ledger refuses is told with its reason, and a dry run finds it before', () =>
  onYearLedger(async (server) => {
    const bad = projectsWith('refused', (lines) => {
      lines[2] = lines[2].replace('estado-01', 'estado-99');
    });
    const tried = await json(server, 1, [...yearImport('projects', bad), '--dry-run']);
    assert.deepEqual(
      tried.problems.map(({ line, subject, error_reason }) => [line, subject, error_reason]),
      [[3, 'projects/obra-2008-0002', 'ORGANIZATION_NOT_FOUND']],
    );
    const went = await json(server, 1, [...yearImport('projects', bad), '--on-error', 'continue']);
    assert.equal(went.problems[0].error_reason, 'ORGANIZATION_NOT_FOUND');
    assert.deepEqual([went.projects.written, went.projects.refused], [PROJECTS - 1, 1]);
    const stopped = await json(server, 1, [...yearImport('projects', bad), '--in-flight', '1']);
    assert.deepEqual(
      [stopped.projects.refused, stopped.projects.not_tried],
      [1, PROJECTS - 2],
      'the rest is not begun',
    );
    const otherwise = projectsWith('otherwise', (lines) => {
      lines[1] = lines[1].replace('Obra sintetica', 'Otra obra');
    });
    const kept = await json(server, 1, [...yearImport('projects', otherwise), '--on-error', 'continue']);
    assert.match(kept.problems[0].reason, /the ledger has projects\/obra-2008-0001 otherwise: title/);
    assert.equal(kept.projects.written, 1, 'the one that was refused before');
  }));

// How long the journal of this year is where nothing comes between.
let undisturbed;
test('the small year goes in undisturbed, and again nothing is written', () =>
  onYearLedger(async (server) => {
    const report = await json(server, 0, yearImport('projects'));
    assert.equal(report.projects.written, PROJECTS);
    undisturbed = await journalEnd(server);
    const again = await json(server, 0, yearImport('projects'));
    assert.equal(again.projects.already_there, PROJECTS);
    assert.equal(await journalEnd(server), undisturbed);
  }));

// Waits until the import is under way: some of the year's projects are in the ledger, not all.
async function underWay(server, beginning) {
  while ((await journalEnd(server)) < beginning + 200);
}
// The same command again ends with every project closed and not one entry more than undisturbed.
async function goesOn(server) {
  const report = await json(server, 0, yearImport('projects'));
  assert.equal(report.projects.written + report.projects.already_there, PROJECTS);
  assert.ok(report.projects.written > 0, 'the run before was cut short');
  const { projects } = await json(server, 0, ['project', 'list', '--all']);
  assert.deepEqual([...new Set(projects.map(({ state }) => state))], ['CLOSED']);
  assert.equal(await journalEnd(server), undisturbed, 'nothing twice');
}

test('an import that is killed goes on where it stopped, and does nothing twice', () =>
  onYearLedger(async (server) => {
    const beginning = await journalEnd(server);
    const { child, result } = start(server, [...yearImport('projects'), '--in-flight', '4']);
    await underWay(server, beginning);
    child.kill('SIGKILL');
    assert.equal((await result).signal, 'SIGKILL');
    await goesOn(server);
  }));

test('Ctrl-C ends an import in good order and says how to go on', () =>
  onYearLedger(async (server) => {
    const beginning = await journalEnd(server);
    const { child, result } = start(server, [...yearImport('projects'), '--in-flight', '4']);
    await underWay(server, beginning);
    child.kill('SIGINT');
    const { code, out, err } = await result;
    assert.equal(code, 3);
    assert.match(err, /^Interrupted\.$/m);
    assert.match(err, /^ {2}oriundo --as administrator\/root import --mapping \S+ \S+ --in-flight 4$/m);
    assert.match(out, /^projects +\d+ +0 +0 +\d+$/m);
    await goesOn(server);
  }));

test('a server that is killed ends an import, which goes on once it is back', () =>
  onYearLedger(async (server) => {
    const beginning = await journalEnd(server);
    const { result } = start(server, ['--timeout', '2', ...yearImport('projects'), '--in-flight', '4']);
    await underWay(server, beginning);
    server.child.kill('SIGKILL');
    await server.exit;
    assert.equal((await result).code, 3);
    await server.serve();
    await goesOn(server);
  }));

test('a project is led further by a mapping that asks for more, over money that came in as bank lines', () =>
  onYearLedger(async (server) => {
    const agreed = mappingWith('agreed', 'through: CLOSED', 'through: AGREED');
    const file = `${folder}/year/projects.csv`;
    const first = await json(server, 0, yearImport('projects', file, agreed));
    assert.equal(first.projects.written, PROJECTS);
    // The club's deposits as the bank has them, each under the id that the rows of projects give it.
    const rows = fs
      .readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    const header = 'project,club,amount,day,account\n';
    const account = async (id) => {
      // The mapping's SYNTHETIC{id:digits}: 18 digits of the id's SHA-256, byte by byte.
      const digest = require('node:crypto').createHash('sha256').update(id).digest();
      return `SYNTHETIC${[...digest.subarray(0, 18)].map((byte) => byte % 10).join('')}`;
    };
    const lines = await Promise.all(
      rows.map(async (row) => [row[0], row[6], row[12], '2008-06-02', await account(row[0])].join(',') + '\n'),
    );
    fs.writeFileSync(`${folder}/bank.csv`, header + lines.join(''));
    fs.writeFileSync(
      `${folder}/bank.textproto`,
      `source: "a bank, synthetic" currency_code: "MXN"
       rows { money { kind: DEPOSIT project: "{project}" id: "deposit-4" amount_column: "amount" date: "{day}" party: "{club}"
                      verifier: "verificador-bancario" account: "{account}" memo: "Sintetico" } }`,
    );
    const bank = ['import', '--mapping', `${folder}/bank.textproto`, `${folder}/bank.csv`];
    const end = await journalEnd(server);
    assert.equal((await json(server, 0, [...bank, '--dry-run'])).money.written, PROJECTS);
    assert.equal(await journalEnd(server), end);
    assert.equal((await json(server, 0, bank)).money.written, PROJECTS);
    assert.equal((await json(server, 0, bank)).money.already_there, PROJECTS);
    const closed = await json(server, 0, yearImport('projects'));
    assert.equal(closed.projects.written, PROJECTS);
    assert.equal(closed.in_ledger.MXN.spent_minor_units, '281682000000');
  }));

test('what is wrong with a mapping is said before anything is read or sent', () =>
  onYearLedger(async (server) => {
    const broken = mappingWith('broken', '"{locality}"', '"{localidad}"');
    const { error } = await json(server, 2, yearImport('projects', undefined, broken));
    assert.deepEqual(
      error.violations.map(({ field, description }) => [field, description]),
      [['rows[0].project.locality_code', 'the file has no column "localidad"']],
    );
    assert.equal((await json(server, 2, yearImport('projects', `${folder}/none.csv`))).error.reason, 'INVALID_FIELD');
    assert.equal(
      (await json(server, 2, [...yearImport('projects'), '--in-flight', '0'])).error.reason,
      'INVALID_FIELD',
    );
  }));
