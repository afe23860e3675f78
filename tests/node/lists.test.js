// Lists: pages, filters and the past.
'use strict';

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const scene = require('./lib/scene');
const { World, ROLES, OFFICE, CONSULATE, CLUB_TREASURER, PROGRAM, organization, refused, money, requestId } = scene;

const HALVES = [{ ...ROLES.FEDERAL, cumulative_bps: [10000] }, ROLES.CLUB];
const CLUBS = Array.from({ length: 11 }, (_, i) => `club-list-${String(i).padStart(2, '0')}`);

let world;
let sequenceBefore;
before(async () => {
  world = await World.create();
  const { sequence } = await world.as(OFFICE).directory.ListOrganizations({});
  sequenceBefore = sequence;
  for (const [i, club] of CLUBS.entries())
    await world.createOrganization(CONSULATE, club, 'CLUB', i % 2 === 0 ? 'US' : 'CA', 'federation-la');
  await world.publishRule('halves', HALVES);
  await world.createPool(10n ** 9n);
  await world.agree('listed', 'halves', 10n ** 6n, HALVES);
  for (let i = 1; i <= 6; ++i) {
    const id = `deposit-${i}`;
    await world.declare('listed', id, i * 100);
    if (i % 2 === 0) await world.verify('listed', id, i * 100);
  }
});
after(() => world.close());

const ids = (rows) => rows.map(({ name }) => name.split('/').pop());

test('pages follow each other without gaps or repeats, in the order of names', async () => {
  const whole = await world.as(OFFICE).directory.ListOrganizations({});
  assert.equal(whole.next_page_token, '');
  assert.deepEqual(ids(whole.organizations), [...ids(whole.organizations)].sort());
  for (const page_size of [1, 3, 7]) {
    assert.deepEqual(
      await world.listAll('directory', 'ListOrganizations', 'organizations', { page_size }),
      whole.organizations,
    );
  }
  const page = await world.as(OFFICE).directory.ListOrganizations({ page_size: 3 });
  assert.equal(page.organizations.length, 3);
  const large = await world.as(OFFICE).directory.ListOrganizations({ page_size: 2_000_000_000 });
  assert.deepEqual(large.organizations, whole.organizations);
});

test('a token belongs to its call and its arguments', async () => {
  const { directory, program } = world.as(OFFICE);
  const filter = 'kind = CLUB';
  const { next_page_token: page_token } = await directory.ListOrganizations({ page_size: 3, filter });
  assert.notEqual(page_token, '');
  assert.equal((await directory.ListOrganizations({ page_size: 5, page_token, filter })).organizations.length, 5);
  for (const changed of [
    { page_token },
    { page_token, filter: 'kind = FEDERATION' },
    { page_token: 'made-up', filter },
  ]) {
    await refused(directory.ListOrganizations(changed), 'INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID');
  }
  await refused(program.ListPrograms({ page_token }), 'INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID');
  const negative = await refused(directory.ListOrganizations({ page_size: -1 }), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  assert.deepEqual(
    negative.fields.map(({ field }) => field),
    ['page_size'],
  );
});

test('filters by field, with AND, OR and NOT', async () => {
  const clubs = (filter) =>
    world.listAll('directory', 'ListOrganizations', 'organizations', { filter, page_size: 2 }).then(ids);
  assert.deepEqual(
    await clubs('kind = CLUB AND country_code = "CA"'),
    CLUBS.filter((_, i) => i % 2 === 1),
  );
  assert.deepEqual(
    await clubs(`parent = "organizations/federation-la" AND NOT country_code = "CA" AND kind = CLUB`),
    [
      'club-list-00',
      'club-list-02',
      'club-list-04',
      'club-list-06',
      'club-list-08',
      'club-list-10',
      'club-tekax',
    ].sort(),
  );
  assert.deepEqual(await clubs('kind = FEDERATION OR kind = CONSULATE'), ['consulate-la', 'federation-la']);
  assert.deepEqual(await clubs('registration.folio = "LA-CLUB-TEKAX"'), ['club-tekax']);
  assert.deepEqual(await clubs('kind = VENDOR'), []);
  const deposits = (filter) =>
    world
      .listAll('ledger', 'ListContributions', 'contributions', { parent: 'projects/listed', filter, page_size: 2 })
      .then(ids);
  assert.deepEqual(await deposits('state = VERIFIED AND credited.minor_units > 200'), ['deposit-4', 'deposit-6']);
  assert.deepEqual(await deposits('state != VERIFIED AND declared.minor_units <= 300'), ['deposit-1', 'deposit-3']);
  assert.deepEqual(await deposits('party = "organizations/club-tekax"'), [
    'deposit-1',
    'deposit-2',
    'deposit-3',
    'deposit-4',
    'deposit-5',
    'deposit-6',
  ]);
  const { project } = world.as(OFFICE);
  const found = await project.ListProjects({
    filter: `program = "${PROGRAM}" AND state = FUNDING AND fiscal_year = 2014`,
  });
  assert.deepEqual(ids(found.projects), ['listed']);
  assert.equal(found.projects[0].title, 'Camino de la prueba');
});

test('a filter that does not parse or names no field says so', async () => {
  const { directory } = world.as(OFFICE);
  for (const filter of [
    'kind =',
    'kind = CLUB AND',
    'nothing = 1',
    'kind = NO_SUCH_KIND',
    'display_name = "x"',
    '(kind = CLUB',
    'kind < CLUB',
    '"',
  ]) {
    await refused(directory.ListOrganizations({ filter }), 'INVALID_ARGUMENT', 'FILTER_INVALID');
  }
});

test('lists show the past, on every page alike', async () => {
  const known_at = { sequence: sequenceBefore };
  const rows = await world.listAll('directory', 'ListOrganizations', 'organizations', { page_size: 4, known_at });
  assert.ok(rows.length > 4 && !ids(rows).some((id) => CLUBS.includes(id)));
  const page = await world.as(OFFICE).directory.ListOrganizations({ page_size: 1, known_at });
  assert.equal(page.sequence, sequenceBefore);
  const first = await world.as(OFFICE).directory.ListOrganizations({ known_at: { sequence: '0' } });
  assert.deepEqual(ids(first.organizations), ['administrator']);
});

test('the journal by subject, oldest first', async () => {
  const project = await world.getProject('listed');
  const entries = await world.listAll('audit', 'ListEntries', 'entries', { subject: 'projects/listed', page_size: 7 });
  assert.equal(entries.length, Number(project.entry_count));
  assert.equal(entries[0].event, 'project_created');
  assert.equal(entries[0].sequence, project.create_sequence);
  assert.equal(entries.at(-1).sequence, project.update_sequence);
  assert.ok(entries.every((entry) => entry.project === 'projects/listed'));
  const program = await world.listAll('audit', 'ListEntries', 'entries', { subject: PROGRAM, page_size: 7 });
  assert.deepEqual(
    program.slice(0, 3).map(({ event }) => event),
    ['program_created', 'rule_version_published', 'pool_created'],
  );
  // A journal that grows between two pages does not move them.
  const { audit, ledger } = world.as(CLUB_TREASURER);
  const firstPage = await audit.ListEntries({ subject: 'projects/listed', page_size: 7 });
  await ledger.CreatePledge({
    request_id: requestId(),
    parent: 'projects/listed',
    pledge_id: 'later',
    pledge: { party: organization('club-tekax'), amount: money(1n) },
  });
  const rest = [...firstPage.entries];
  for (let token = firstPage.next_page_token; token !== '';) {
    const page = await audit.ListEntries({ subject: 'projects/listed', page_size: 7, page_token: token });
    assert.equal(page.sequence, firstPage.sequence);
    rest.push(...page.entries);
    token = page.next_page_token;
  }
  assert.deepEqual(rest, entries);
});

test('balances, pools, rule versions and programmes are lists too', async () => {
  const { program, ledger } = world.as(OFFICE);
  assert.deepEqual(ids((await program.ListPrograms({ filter: 'currency_code = "MXN"' })).programs), ['mx-3x1']);
  assert.deepEqual(
    ids((await program.ListRuleVersions({ parent: PROGRAM, filter: 'fiscal_year_first <= 2014' })).rule_versions),
    ['halves'],
  );
  assert.deepEqual(ids((await program.ListPools({ parent: PROGRAM, filter: 'fiscal_year = 2014' })).pools), [
    'federation-mx-2014',
  ]);
  const balances = await ledger.ListBalances({ parent: 'projects/listed' });
  assert.equal(balances.currency_code, 'MXN');
  assert.deepEqual(balances.balances, [
    { account: 'assets:listed:bank', minor_units: '1200' },
    { account: 'funds:listed:club-tekax', minor_units: '-1200' },
  ]);
});
