// What bad input gets: a clear error with everything in it, no money moved, and where a rule was broken a trace in the journal.
'use strict';

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const scene = require('./lib/scene');
const {
  World,
  ROLES,
  PROGRAM,
  OFFICE,
  VERIFIER,
  CLUB_TREASURER,
  FEDERATION,
  CONSULATE,
  EXECUTOR,
  ADMINISTRATOR,
  money,
  organization,
  refused,
  day,
  evidence,
  requestId,
  checkBooks,
} = scene;

const HALVES = [{ ...ROLES.FEDERAL, cumulative_bps: [10000] }, ROLES.CLUB];
const EDGE = 10n ** 15n;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

let world;
before(async () => {
  world = await World.create();
  // Named verifiers that act in the project too: being named does not make them independent.
  await world.publishRule('halves', HALVES, {
    verifiers: ['bank-check', 'federation-la', 'builder'].map(organization),
  });
  await world.createPool(1_000_000n);
  await world.agree('works', 'halves', 200_000n, HALVES);
});
after(() => world.close());

// The call is refused and neither the project nor the pool changes. A broken rule leaves its entry, a mistyped or
// repeated call does not.
async function changesNothing(call, ...expected) {
  const { audit, program } = world.as(OFFICE);
  const look = async () => [
    await world.getProject('works'),
    await program.GetPool({ name: `${PROGRAM}/pools/federation-mx-2014` }),
  ];
  const earlier = await look();
  const { sequence: end } = await audit.ListEntries({ page_size: 1 });
  const error = await refused(call(), ...expected);
  assert.deepEqual(await look(), earlier);
  const kept = error.code === 'FAILED_PRECONDITION' || error.code === 'PERMISSION_DENIED';
  assert.equal(BigInt((await audit.ListEntries({ page_size: 1 })).sequence) - BigInt(end), kept ? 1n : 0n);
  return error;
}

test('all fields that are wrong are named at once', async () => {
  const create = world.as(ADMINISTRATOR).directory.CreateOrganization({
    request_id: 'not-a-uuid',
    organization_id: 'Bad Id!',
    organization: {
      kind: 'ORGANIZATION_KIND_UNSPECIFIED',
      display_name: '',
      country_code: 'Mexico',
      parent: 'club-tekax',
    },
  });
  const error = await refused(create, 'INVALID_ARGUMENT', 'INVALID_FIELD');
  assert.deepEqual(error.fields.map(({ field }) => field).sort(), [
    'organization.country_code',
    'organization.display_name',
    'organization.kind',
    'organization.parent',
    'organization_id',
    'request_id',
  ]);
  assert.ok(
    error.fields.every(
      ({ description }) => description !== '' && !description.includes('Mexico') && !description.includes('Bad Id'),
    ),
  );
  assert.equal(error.metadata.violations, '6');
});

test('all faults of a rule version are named at once', async () => {
  const broken = world.publishRule(
    'broken',
    [
      { ...ROLES.FEDERAL, cumulative_bps: [5000, 4000] },
      { ...ROLES.CLUB, kinds: ['MUNICIPAL_GOVERNMENT'] },
      { ...ROLES.CLUB, role: 'federal' },
    ],
    {
      fiscal_year_last: 2013,
      verifiers: [organization('nobody')],
      total_minimum_minor_units: '10',
      total_maximum_minor_units: '9',
    },
  );
  const error = await refused(broken, 'INVALID_ARGUMENT', 'INVALID_FIELD');
  const paths = new Set(error.fields.map(({ field }) => field));
  for (const path of [
    'fiscal_year_last',
    'total_minimum_minor_units',
    'roles',
    'roles[0].cumulative_bps',
    'roles[1].kinds',
    'roles[2].role',
    'verifiers[0]',
  ]) {
    assert.ok(paths.has(`rule_version.${path}`), `${path} in ${[...paths]}`);
  }
});

test('all faults of a draft are named when it is handed in, and misfits when it is made', async () => {
  await world.createOrganization(ADMINISTRATOR, 'town-other', 'MUNICIPAL_GOVERNMENT');
  const misfits = await refused(
    world.createProject(
      'misfits',
      world.draft('halves', 200_000n, HALVES, {
        parties: [
          { role: 'federal', organization: organization('town-other') },
          { role: 'mayor', organization: organization('town-tekax') },
        ],
      }),
    ),
    'FAILED_PRECONDITION',
    'ROLE_MISMATCH',
  );
  assert.equal(misfits.violations.length, 2);
  await world.createProject(
    'faulty',
    world.draft('halves', 200_000n, HALVES, {
      fiscal_year: 2015,
      category: 'SCHOLARSHIP',
      parties: [{ role: 'federal', organization: organization('federation-mx'), due_minor_units: '99999' }],
    }),
  );
  const error = await refused(
    world.step('SubmitProject', 'faulty', CLUB_TREASURER),
    'FAILED_PRECONDITION',
    'RULE_NOT_IN_FORCE',
  );
  const types = error.violations.map(({ type }) => type);
  for (const type of ['RULE_NOT_IN_FORCE', 'CATEGORY_NOT_ALLOWED', 'ROLE_MISMATCH', 'SHARES_DO_NOT_ADD_UP'])
    assert.ok(types.includes(type), `${type} in ${types}`);
  // Nobody fills the club's role, not even the project's club.
  assert.equal(types.filter((type) => type === 'ROLE_MISMATCH').length, 2);
  await world.createProject('no-file', world.draft('halves', 200_000n, HALVES));
  const missing = await refused(
    world.step('SubmitProject', 'no-file', CLUB_TREASURER),
    'FAILED_PRECONDITION',
    'DOCUMENT_MISSING',
  );
  assert.equal(missing.metadata.document_type, 'TECHNICAL_FILE');
});

test('a repeat returns the first result; another body under the same request id is refused', async () => {
  const request = {
    request_id: requestId(),
    parent: 'projects/works',
    contribution_id: 'repeated',
    contribution: { party: organization('club-tekax'), declared: money(1000n), memo: 'Kermés de mayo' },
  };
  const { ledger } = world.as(CLUB_TREASURER);
  const first = await ledger.DeclareContribution(request);
  assert.equal(first.memo, 'Kermés de mayo');
  assert.deepEqual(await ledger.DeclareContribution(request), first);
  assert.deepEqual(
    await ledger.DeclareContribution({ ...request, request_id: request.request_id.toUpperCase() }),
    first,
  );
  const concurrent = await Promise.all(Array.from({ length: 8 }, () => ledger.DeclareContribution(request)));
  for (const repeat of concurrent) assert.deepEqual(repeat, first);

  const other = { ...request, contribution: { ...request.contribution, declared: money(1001n) } };
  await changesNothing(() => ledger.DeclareContribution(other), 'ALREADY_EXISTS', 'REQUEST_ID_REUSED');
  const otherText = { ...request, contribution: { ...request.contribution, memo: 'Kermés de junio' } };
  await changesNothing(() => ledger.DeclareContribution(otherText), 'ALREADY_EXISTS', 'REQUEST_ID_REUSED');
  const again = { ...request, request_id: requestId() };
  await changesNothing(() => ledger.DeclareContribution(again), 'ALREADY_EXISTS', 'NAME_TAKEN');
  // Later changes do not show in a repeat: it is the first result.
  await world.verify('works', 'repeated', 1000n);
  assert.deepEqual(await ledger.DeclareContribution(request), first);
  const project = await world.getProject('works');
  assert.equal(project.parties[1].verified_minor_units, '1000');
});

test('a refused request id may be used again', async () => {
  const request_id = requestId();
  const declare = (currency) =>
    world.as(CLUB_TREASURER).ledger.DeclareContribution({
      request_id,
      parent: 'projects/works',
      contribution_id: 'second-try',
      contribution: { party: organization('club-tekax'), declared: money(10n, currency) },
    });
  await refused(declare('USD'), 'FAILED_PRECONDITION', 'WRONG_CURRENCY');
  assert.equal((await declare('MXN')).state, 'DECLARED');
});

test('a stale etag', async () => {
  const read = await world.createProject('drafted', world.draft('halves', 200_000n, HALVES));
  assert.match(read.etag, /^".+"$/);
  const update = (etag, total) =>
    world.as(CLUB_TREASURER).project.UpdateProject({
      request_id: requestId(),
      name: 'projects/drafted',
      etag,
      project: world.draft('halves', total, HALVES),
    });
  const changed = await update(read.etag, 300_000n);
  assert.notEqual(changed.etag, read.etag);
  assert.equal(changed.total_minor_units, '300000');
  await refused(update(read.etag, 400_000n), 'ABORTED', 'ETAG_MISMATCH');
  assert.equal((await world.getProject('drafted')).total_minor_units, '300000');
  assert.equal((await update(changed.etag, 400_000n)).total_minor_units, '400000');
});

test('unknown and expired clubs', async () => {
  await world.createOrganization(CONSULATE, 'club-old', 'CLUB', 'US', 'federation-la');
  const draft = world.draft('halves', 200_000n, HALVES, {
    club: organization('club-old'),
    parties: [
      { role: 'federal', organization: organization('federation-mx') },
      { role: 'club', organization: organization('club-old') },
    ],
  });
  const never = await refused(
    world.createProject('old', draft, 'club-old/treasurer'),
    'FAILED_PRECONDITION',
    'REGISTRATION_INVALID',
  );
  assert.match(never.message, /never registered/);
  await world.register(CONSULATE, 'club-old', '2020-01-01', '2021-12-31');
  const expired = await refused(
    world.createProject('old', draft, 'club-old/treasurer'),
    'FAILED_PRECONDITION',
    'REGISTRATION_INVALID',
  );
  assert.equal(expired.metadata.valid_to, '2021-12-31');
  assert.match(expired.message, /expired on 2021-12-31/);
  await refused(world.createProject('old', draft, 'club-unknown/treasurer'), 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  await refused(world.register(CONSULATE, 'club-unknown'), 'NOT_FOUND', 'ORGANIZATION_NOT_FOUND');
  const renewed = await world.register(FEDERATION, 'club-old', undefined, undefined, 'EXPIRY');
  assert.equal(renewed.registration.issuer, organization('federation-la'));
  assert.equal((await world.createProject('old', draft, 'club-old/treasurer')).state, 'DRAFT');
});

test('a registration that ends before it begins is a wrong field', async () => {
  const error = await refused(
    world.register(CONSULATE, 'club-old', '2026-01-02', '2026-01-01'),
    'INVALID_ARGUMENT',
    'INVALID_FIELD',
  );
  assert.deepEqual(
    error.fields.map(({ field }) => field),
    ['registration.valid_to'],
  );
});

test('who may create and register whom', async () => {
  const denied = ['PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED'];
  await refused(world.createOrganization(CONSULATE, 'a-state', 'STATE_GOVERNMENT'), ...denied);
  await refused(world.createOrganization(CLUB_TREASURER, 'a-club', 'CLUB', 'US'), ...denied);
  await refused(world.createOrganization('federation-la/secretary', 'a-club', 'CLUB', 'US'), ...denied);
  await refused(world.createOrganization(ADMINISTRATOR, 'club-tekax', 'CLUB', 'US'), 'ALREADY_EXISTS', 'NAME_TAKEN');
  await refused(world.register(CLUB_TREASURER, 'club-tekax'), ...denied);
  await refused(world.register('town-tekax/mayor', 'club-tekax'), ...denied);
});

test('club money declared by a municipality, the state or another club', async () => {
  for (const who of ['town-tekax/mayor', 'state-yucatan/clerk', 'club-old/treasurer', 'sedesol/rules']) {
    const error = await changesNothing(
      () => world.declare('works', 'posing', 100n, { who }),
      'PERMISSION_DENIED',
      'NOT_OWN_CLUB',
    );
    assert.equal(error.metadata.club, organization('club-tekax'));
  }
  const declared = await world.declare('works', 'by-federation', 100n, { who: FEDERATION });
  assert.equal(declared.declarer, organization('federation-la'));
});

test('verification by declarer, executor, or anybody the rule does not name', async () => {
  const denied = ['PERMISSION_DENIED', 'VERIFIER_NOT_INDEPENDENT'];
  const declarer = await changesNothing(
    () => world.verify('works', 'by-federation', 100n, { who: FEDERATION }),
    ...denied,
  );
  assert.match(declarer.message, /declared this money itself/);
  const executor = await changesNothing(
    () => world.verify('works', 'by-federation', 100n, { who: EXECUTOR }),
    ...denied,
  );
  assert.match(executor.message, /executes this project/);
  for (const who of [OFFICE, CLUB_TREASURER, 'federation-mx/budget', CONSULATE]) {
    const error = await changesNothing(() => world.verify('works', 'by-federation', 100n, { who }), ...denied);
    assert.match(error.message, /not named verifier/);
  }
  assert.equal((await world.verify('works', 'by-federation', 100n)).verifier, organization('bank-check'));
});

test('money seen on another account, in another currency, on a day to come', async () => {
  await world.declare('works', 'elsewhere', 100n);
  const precondition = 'FAILED_PRECONDITION';
  const account = { number: '999910000123456789' };
  const mismatch = await changesNothing(
    () => world.verify('works', 'elsewhere', 100n, { account }),
    precondition,
    'ACCOUNT_MISMATCH',
  );
  assert.ok(!mismatch.message.includes('9999'));
  const currency = await changesNothing(
    () => world.verify('works', 'elsewhere', 100n, { currency: 'USD' }),
    precondition,
    'WRONG_CURRENCY',
  );
  assert.equal(currency.metadata.project_currency_code, 'MXN');
  await changesNothing(
    () => world.verify('works', 'elsewhere', 100n, { date: day(2) }),
    precondition,
    'DATE_IN_FUTURE',
  );
  const early = await changesNothing(
    () => world.verify('works', 'elsewhere', 100n, { date: '1900-01-01' }),
    precondition,
    'DATE_BEFORE_AGREEMENT',
  );
  assert.equal(early.metadata.agreement_date, `${scene.YEAR}-01-02`);
  const bare = await changesNothing(
    () => world.verify('works', 'elsewhere', 100n, { documents: [] }),
    precondition,
    'DOCUMENT_MISSING',
  );
  assert.equal(bare.metadata.document_type, 'BANK_RECEIPT');
  await changesNothing(
    () => world.declare('works', 'dollars', 100n, { currency: 'USD' }),
    precondition,
    'WRONG_CURRENCY',
  );
  await changesNothing(
    () => world.declare('works', 'nonsense', 100n, { currency: 'XXZ' }),
    'INVALID_ARGUMENT',
    'INVALID_FIELD',
  );
});

test('a mistyped declaration is withdrawn by whoever made it or whose it is', async () => {
  const withdraw = (who) =>
    world.as(who).ledger.WithdrawContribution({
      request_id: requestId(),
      name: 'projects/works/contributions/mistyped',
      reason: { text: 'Dos ceros de más.' },
    });
  await world.declare('works', 'mistyped', 10_000n, { who: FEDERATION });
  await changesNothing(() => withdraw(OFFICE), 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  assert.equal((await withdraw(CLUB_TREASURER)).state, 'WITHDRAWN');
  await changesNothing(() => withdraw(FEDERATION), 'FAILED_PRECONDITION', 'WRONG_RESOURCE_STATE');
});

test('a government that calls its money a contribution before the club has paid', async () => {
  const early = await changesNothing(
    () => world.declare('works', 'ahead', 200_000n, { who: 'federation-mx/budget', party: 'federation-mx' }),
    'FAILED_PRECONDITION',
    'WRONG_PROJECT_STATE',
  );
  assert.match(early.message, /pays in tranches/);
});

test('an auditor and the administrator write nothing about programmes and projects', async () => {
  await world.createOrganization(ADMINISTRATOR, 'auditor', 'AUDITOR');
  for (const who of ['auditor/reader', ADMINISTRATOR]) {
    const pool = { funder: organization('federation-mx'), fiscal_year: 2015, budget_minor_units: '5' };
    const create = world.as(who).program.CreatePool({ request_id: requestId(), parent: PROGRAM, pool });
    await refused(create, 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  }
});

test('a pool that has too little', async () => {
  // 100,000 of its 1,000,000 stand behind `works`.
  await world.createProject('large', world.draft('halves', 1_800_002n, HALVES));
  await world.submit('large');
  await world.step('PrevalidateProject', 'large', OFFICE);
  const approve = () => world.step('ApproveProject', 'large', OFFICE);
  const error = await changesNothing(approve, 'FAILED_PRECONDITION', 'POOL_EXCEEDED');
  assert.deepEqual(
    ['free', 'asked', 'missing'].map((name) => error.metadata[`${name}_minor_units`]),
    ['900000', '900001', '1'],
  );
  assert.match(error.message, /9,000\.00 MXN free of 9,000\.01 MXN needed; 0\.01 MXN is missing/);
  assert.equal((await world.getProject('large')).state, 'PREVALIDATED');
  await world.increasePool(1n);
  assert.equal((await approve()).state, 'APPROVED');
});

test('two projects that together ask too much: one of them gets it', async () => {
  await world.increasePool(50_000n);
  for (const id of ['race-a', 'race-b']) {
    await world.createProject(id, world.draft('halves', 100_000n, HALVES));
    await world.submit(id);
    await world.step('PrevalidateProject', id, OFFICE);
  }
  const outcomes = await Promise.allSettled(['race-a', 'race-b'].map((id) => world.step('ApproveProject', id, OFFICE)));
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.equal(outcomes.find(({ status }) => status === 'rejected').reason.reason, 'POOL_EXCEEDED');
});

test('amounts at the edges of the range and of int64', async () => {
  const parties = {
    parties: [
      { role: 'federal', organization: organization('federation-mx') },
      { role: 'club', organization: organization('club-tekax') },
    ],
  };
  for (const amount of [0n, -1n, EDGE + 1n, INT64_MAX, INT64_MIN]) {
    const declared = await changesNothing(
      () => world.declare('works', 'edge', amount),
      'INVALID_ARGUMENT',
      'INVALID_FIELD',
    );
    assert.deepEqual([...new Set(declared.fields.map(({ field }) => field))], ['contribution.declared.minor_units']);
    await changesNothing(() => world.verify('works', 'elsewhere', amount), 'INVALID_ARGUMENT', 'INVALID_FIELD');
    await changesNothing(() => world.spend('works', 'edge', amount), 'INVALID_ARGUMENT', 'INVALID_FIELD');
    const draft = world.draft('halves', amount, HALVES, parties);
    await refused(world.createProject('edge', draft), 'INVALID_ARGUMENT', 'INVALID_FIELD');
    const pool = { funder: organization('federation-mx'), fiscal_year: 2013, budget_minor_units: amount.toString() };
    await refused(
      world.as('federation-mx/budget').program.CreatePool({ request_id: requestId(), parent: PROGRAM, pool }),
      'INVALID_ARGUMENT',
      'INVALID_FIELD',
    );
  }
  // The largest amount is an amount; what adds up to more is none.
  await world.increasePool(1n);
  await world.agree('vast', 'halves', 2n, HALVES);
  assert.equal((await world.declare('vast', 'largest', EDGE)).declared.minor_units, EDGE.toString());
  const more = await refused(world.declare('vast', 'one-more', 1n), 'FAILED_PRECONDITION', 'AMOUNT_OUT_OF_RANGE');
  assert.equal(more.metadata.maximum_minor_units, EDGE.toString());
  await world.verify('vast', 'largest', EDGE);
  assert.equal((await checkBooks(world, 'vast')).over_match_minor_units, (EDGE - 1n).toString());
  await world.declare('vast', 'one-more', 1n);
  await refused(world.verify('vast', 'one-more', 1n), 'FAILED_PRECONDITION', 'AMOUNT_OUT_OF_RANGE');
  const { ledger } = world.as(VERIFIER);
  const reason = { text: 'No llegó.' };
  const rejected = await ledger.RejectContribution({
    request_id: requestId(),
    name: 'projects/vast/contributions/one-more',
    reason,
  });
  assert.equal(rejected.state, 'REJECTED');
  await checkBooks(world, 'vast');
});

test('spending more than the box, and before there may be spending', async () => {
  await world.deposit('works', 'half', 50_000n);
  await changesNothing(() => world.spend('works', 'too-early', 1n), 'FAILED_PRECONDITION', 'WRONG_PROJECT_STATE');
  await world.step('AuthorizeProject', 'works', OFFICE);
  await world.release('works', 'federal', 1, 'federal-1');
  const { box_minor_units: box } = await world.statement('works');
  const error = await changesNothing(
    () => world.spend('works', 'too-much', BigInt(box) + 1n),
    'FAILED_PRECONDITION',
    'INSUFFICIENT_FUNDS',
  );
  assert.deepEqual(
    ['available', 'asked', 'missing'].map((name) => error.metadata[`${name}_minor_units`]),
    [box, (BigInt(box) + 1n).toString(), '1'],
  );
  const invoice = { evidence: [evidence('PHOTOGRAPH')] };
  await changesNothing(
    () => world.spend('works', 'no-invoice', 1n, invoice),
    'FAILED_PRECONDITION',
    'DOCUMENT_MISSING',
  );
  await changesNothing(
    () => world.spend('works', 'by-club', 1n, { who: CLUB_TREASURER }),
    'PERMISSION_DENIED',
    'ACTOR_NOT_ALLOWED',
  );
  await world.spend('works', 'everything', box);
  await changesNothing(() => world.spend('works', 'nothing-left', 1n), 'FAILED_PRECONDITION', 'INSUFFICIENT_FUNDS');
  await checkBooks(world, 'works');
});

test('concurrent spending never takes out more than there is', async () => {
  const { box_minor_units: before } = await world.statement('works');
  assert.equal(before, '0');
  await world.deposit('works', 'more', 1000n);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => world.spend('works', `race-${i}`, 300n)),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3);
  for (const { reason } of outcomes.filter(({ status }) => status === 'rejected'))
    assert.equal(reason.reason, 'INSUFFICIENT_FUNDS');
  assert.equal((await checkBooks(world, 'works')).box_minor_units, '100');
});

test('a call without metadata, from nobody, or about nothing', async () => {
  const declare = (who) =>
    world.as(who).ledger.DeclareContribution({
      request_id: requestId(),
      parent: 'projects/works',
      contribution_id: 'x',
      contribution: { party: organization('club-tekax'), declared: money(1n) },
    });
  await refused(declare(undefined), 'UNAUTHENTICATED', 'ACTOR_MISSING');
  await refused(declare('club-tekax'), 'UNAUTHENTICATED', 'ACTOR_MISSING');
  await refused(declare('nobody/x'), 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  const { ledger, project, directory, program, audit } = world.as(OFFICE);
  await refused(project.GetProject({ name: 'projects/none' }), 'NOT_FOUND', 'PROJECT_NOT_FOUND');
  await refused(project.GetProject({ name: 'organizations/sedesol' }), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  await refused(project.GetProject({}), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  await refused(directory.GetOrganization({ name: 'organizations/none' }), 'NOT_FOUND', 'ORGANIZATION_NOT_FOUND');
  await refused(program.GetProgram({ name: 'programs/none' }), 'NOT_FOUND', 'PROGRAM_NOT_FOUND');
  await refused(program.GetPool({ name: `${PROGRAM}/pools/none-2014` }), 'NOT_FOUND', 'POOL_NOT_FOUND');
  await refused(
    ledger.GetContribution({ name: 'projects/works/contributions/none' }),
    'NOT_FOUND',
    'CONTRIBUTION_NOT_FOUND',
  );
  await refused(ledger.GetPledge({ name: 'projects/works/pledges/none' }), 'NOT_FOUND', 'PLEDGE_NOT_FOUND');
  await refused(ledger.GetRelease({ name: 'projects/works/releases/none' }), 'NOT_FOUND', 'RELEASE_NOT_FOUND');
  await refused(
    ledger.GetExpenditure({ name: 'projects/works/expenditures/none' }),
    'NOT_FOUND',
    'EXPENDITURE_NOT_FOUND',
  );
  await refused(ledger.GetRefund({ name: 'projects/works/refunds/none' }), 'NOT_FOUND', 'REFUND_NOT_FOUND');
  await refused(ledger.GetInterest({ name: 'projects/works/interests/none' }), 'NOT_FOUND', 'INTEREST_NOT_FOUND');
  await refused(ledger.GetRepayment({ name: 'projects/works/repayments/none' }), 'NOT_FOUND', 'REPAYMENT_NOT_FOUND');
  await refused(ledger.GetProposal({ name: 'projects/works/proposals/none' }), 'NOT_FOUND', 'PROPOSAL_NOT_FOUND');
  await refused(ledger.GetProjectStatement({ name: 'projects/none' }), 'NOT_FOUND', 'PROJECT_NOT_FOUND');
  await refused(ledger.ListContributions({ parent: 'projects/none' }), 'NOT_FOUND', 'PROJECT_NOT_FOUND');
  await refused(
    audit.TraceInflow({ name: 'projects/works/contributions/none' }),
    'NOT_FOUND',
    'CONTRIBUTION_NOT_FOUND',
  );
  await refused(audit.TraceInflow({ name: 'projects/works' }), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  await refused(audit.TraceProject({ name: 'projects/none' }), 'NOT_FOUND', 'PROJECT_NOT_FOUND');
  await refused(audit.GetEntry({ sequence: INT64_MAX.toString() }), 'NOT_FOUND', 'ENTRY_NOT_FOUND');
  await refused(audit.GetEntry({ sequence: '-1' }), 'INVALID_ARGUMENT', 'INVALID_FIELD');
});

test('a broken rule leaves a compact entry without any text; free text and account numbers are in no entry', async () => {
  const entries = await world.listAll('audit', 'ListEntries', 'entries', { page_size: 100 });
  const refusals = entries.filter(({ event }) => event === 'refused');
  assert.ok(
    refusals.some(
      (entry) =>
        entry.project === 'projects/works' &&
        entry.refused.method === 'DeclareContribution' &&
        entry.refused.reason === 31,
    ),
  );
  assert.ok(refusals.every((entry) => entry.postings.length === 0 && entry.request_id === ''));
  const text = JSON.stringify(entries, (_, value) => (Buffer.isBuffer(value) ? value.toString('latin1') : value));
  for (const secret of [
    'Kermés',
    'Camino de la prueba',
    'Materiales',
    'Test club-tekax',
    scene.accountOf('works').number,
    'treasurer',
    'registrar',
    'No llegó',
  ]) {
    assert.ok(!text.includes(secret), `${secret} stands in an entry`);
  }
  entries.forEach((entry, i) => {
    assert.equal(entry.sequence, String(i), 'no gaps');
    if (i > 0) assert.ok(BigInt(entry.commit_time_us) > BigInt(entries[i - 1].commit_time_us), 'time rises');
  });
});
