// An agreement is amended by all who signed it, a condition that can no longer be met is let go by two, and a club's refund pays what it owes
// elsewhere: all through the public interface, and the store is checked byte for byte at the end.
'use strict';

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const scene = require('./lib/scene');
const {
  World,
  ROLES,
  FILLS,
  accountOf,
  OFFICE,
  VERIFIER,
  CLUB_TREASURER,
  FEDERATION,
  EXECUTOR,
  ADMINISTRATOR,
  minor,
  money,
  sum,
  evidence,
  day,
  organization,
  refused,
  column,
  checkBooks,
  requestId,
} = scene;

const QUARTERS = [ROLES.FEDERAL, ROLES.STATE, ROLES.MUNICIPALITY, ROLES.CLUB];
const POOL = `${scene.PROGRAM}/pools/federation-mx-2014`;
const NEW_ACCOUNT = { number: '998877665544332211' };

let world;
before(async () => {
  world = await World.create();
  await world.createPool(minor('1,500,000.00'));
  await world.publishRule('quarters', QUARTERS);
  await world.createOrganization(FEDERATION, 'club-oriundos', 'CLUB', 'US', 'federation-la');
  await world.register(FEDERATION, 'club-oriundos');
});
after(() => world.close());

const amendment = (project, id) => `projects/${project}/amendments/${id}`;

function propose(project, id, terms, who = CLUB_TREASURER) {
  return world.as(who).project.ProposeAmendment({
    request_id: requestId(),
    parent: `projects/${project}`,
    amendment_id: id,
    terms,
    reason: { text: 'Subieron los precios del cemento.' },
  });
}

function sign(project, id, who, rest = {}) {
  return world.as(who).project.SignAmendment({
    request_id: requestId(),
    name: amendment(project, id),
    documents: [evidence('AGREEMENT')],
    ...rest,
  });
}

// Signed by all who must; returns it in force.
async function amend(project, id, terms, rest = {}) {
  let amended = await propose(project, id, terms);
  for (const signer of amended.signers) amended = await sign(project, id, `${signer.split('/')[1]}/legal`, rest);
  assert.equal(amended.state, 'IN_FORCE');
  return amended;
}

const freeOf = async (pool) => BigInt((await world.as(OFFICE).program.GetPool({ name: pool })).free_minor_units);
const tranchesOf = (project, role) =>
  project.tranches
    .filter((tranche) => tranche.party === organization(FILLS[role]))
    .map((tranche) => BigInt(tranche.amount_minor_units));

test('a larger budget holds once all have signed, and not before', async () => {
  await world.agree('budget', 'quarters', minor('400,000.00'), QUARTERS);
  await world.deposit('budget', 'deposit', minor('100,000.00'));
  await world.step('AuthorizeProject', 'budget', OFFICE);
  await world.release('budget', 'federal', 1, 'federal-1', minor('50,000.00'));
  const free = await freeOf(POOL);
  const proposed = await propose('budget', 'prices', { total_minor_units: String(minor('600,000.00')) });
  assert.equal(proposed.state, 'OPEN');
  assert.equal(proposed.reason, 'Subieron los precios del cemento.');
  assert.deepEqual(proposed.signers, [...Object.values(FILLS), 'builder'].map(organization));
  assert.equal(await freeOf(POOL), free, 'an amendment that waits reserves nothing');
  assert.deepEqual((await world.statement('budget')).open_amendments, [amendment('budget', 'prices')]);
  for (const who of ['federation-mx', 'state-yucatan', 'town-tekax', 'club-tekax']) await sign('budget', 'prices', `${who}/legal`);
  await refused(sign('budget', 'prices', 'town-tekax/legal'), 'FAILED_PRECONDITION', 'ALREADY_SIGNED');
  await refused(sign('budget', 'prices', 'bank-check/reader'), 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  // It blocks nothing meanwhile.
  await world.spend('budget', 'first-invoice', minor('10,000.00'));
  await sign('budget', 'prices', 'builder/legal');
  const statement = await checkBooks(world, 'budget');
  assert.deepEqual(column(statement, 'due_minor_units'), Array(4).fill(minor('150,000.00')));
  assert.deepEqual(statement.project.amendments, [amendment('budget', 'prices')]);
  assert.deepEqual(statement.open_amendments, []);
  // What was released stands; the step still closed carries the rest.
  assert.deepEqual(tranchesOf(statement.project, 'federal'), [minor('50,000.00'), minor('100,000.00')]);
  assert.equal(await freeOf(POOL), free - minor('50,000.00'));
  const error = await refused(
    propose('budget', 'too-low', { total_minor_units: String(minor('150,000.00')) }),
    'FAILED_PRECONDITION',
    'AMENDMENT_BELOW_GIVEN',
  );
  assert.match(error.message, /50,000.00/);
  await refused(
    propose('budget', 'too-high', { total_minor_units: String(minor('9,000,000.00')) }),
    'FAILED_PRECONDITION',
    'POOL_EXCEEDED',
  );
  // As it was known before, and every party's feed shows it.
  const created = (await world.as(OFFICE).project.GetAmendment({ name: amendment('budget', 'prices') })).entry_sequences;
  const earlier = await world.statement('budget', { sequence: String(BigInt(created.at(-1)) - 1n) });
  assert.equal(earlier.project.total_minor_units, String(minor('400,000.00')));
  for (const who of ['club-tekax', 'state-yucatan', 'builder']) {
    const feed = await world.listAll('directory', 'ListOrganizationFeed', 'rows', { name: organization(who) });
    assert.ok(
      feed.some((row) => row.event === 'amendment_signed' && row.sequence === created.at(-1)),
      `the feed of ${who}`,
    );
  }
});

test('a successor club takes over the project and what the old one has not paid', async () => {
  await world.agree('successor', 'quarters', minor('4,000.00'), QUARTERS);
  await world.deposit('successor', 'from-tekax', minor('300.00'));
  await refused(
    propose('successor', 'wrong', { replacements: [{ organization: organization('club-tekax'), successor: organization('town-tekax') }] }),
    'FAILED_PRECONDITION',
    'ROLE_MISMATCH',
  );
  await amend('successor', 'new-club', {
    replacements: [{ organization: organization('club-tekax'), successor: organization('club-oriundos') }],
  });
  const { project } = await checkBooks(world, 'successor');
  assert.equal(project.club, organization('club-oriundos'));
  const [, , , old, joined] = project.parties;
  assert.equal(old.replaced_by, organization('club-oriundos'));
  assert.equal(old.paid_in_minor_units, String(minor('300.00')));
  assert.equal(old.due_minor_units, String(minor('300.00')));
  assert.equal(joined.due_minor_units, String(minor('700.00')));
  await refused(world.declare('successor', 'more', 1n), 'FAILED_PRECONDITION', 'PARTY_REPLACED');
  await world.deposit('successor', 'from-oriundos', minor('700.00'), { party: 'club-oriundos' });
  await world.step('AuthorizeProject', 'successor', OFFICE);
  for (const [role, ordinal] of [['federal', 1], ['federal', 2], ['state', 1], ['municipality', 1]]) {
    await world.release('successor', role, ordinal, `${role}-${ordinal}`);
  }
  await world.spend('successor', 'invoice', minor('4,000.00'));
  const rows = await world.as(OFFICE).audit.TraceProject({ name: 'projects/successor' });
  const spent = (party) =>
    sum(rows.filter((row) => row.kind === 'SPENT' && row.party === organization(party)).map((row) => row.amount.minor_units));
  assert.equal(spent('club-tekax'), minor('300.00'));
  assert.equal(spent('club-oriundos'), minor('700.00'));
  await checkBooks(world, 'successor');
});

test('another executor, scope and dates, in one amendment', async () => {
  await world.createOrganization(ADMINISTRATOR, 'builder-two', 'EXECUTOR');
  await world.agree('scope', 'quarters', minor('4,000.00'), QUARTERS, { planned_quantity_milli: '5200000', quantity_unit: 'METRE' });
  await amend('scope', 'all-at-once', {
    executor: organization('builder-two'),
    title: 'Otro camino',
    category: 'EQUIPMENT',
    planned_quantity_milli: '4800000',
    works_start_date: '2014-03-01',
    works_end_date: '2014-11-30',
    due_dates: [{ tranche: 'projects/scope/tranches/federation-mx-2', due_date: '2014-10-15' }],
  });
  const project = await world.getProject('scope');
  assert.equal(project.executor, organization('builder-two'));
  assert.equal(project.title, 'Otro camino');
  assert.equal(project.category, 'EQUIPMENT');
  assert.equal(project.planned_quantity_milli, '4800000');
  assert.equal(project.works_end_date, '2014-11-30');
  assert.equal(project.tranches[1].due_date, '2014-10-15');
  // The executor that leaves did not sign, and has read of it from the proposal on.
  for (const who of ['builder', 'builder-two']) {
    const rows = await world.listAll('directory', 'ListOrganizationFeed', 'rows', { name: organization(who) });
    const events = rows.filter((row) => row.project === 'projects/scope').map((row) => row.event);
    assert.ok(events.includes('amendment_proposed') && events.includes('amendment_signed'), `the feed of ${who}`);
  }
  await refused(propose('scope', 'nothing', { title: '' }), 'FAILED_PRECONDITION', 'AMENDMENT_CHANGES_NOTHING');
  await refused(
    propose('scope', 'dates', { works_end_date: '2014-02-01', category: 'SCHOLARSHIP' }),
    'FAILED_PRECONDITION',
    'CATEGORY_NOT_ALLOWED',
  );
});

test('the account changes with all signatures, and the bank says what was carried over', async () => {
  await world.agree('account', 'quarters', minor('4,000.00'), QUARTERS);
  await world.deposit('account', 'deposit', minor('1,000.00'));
  await world.step('AuthorizeProject', 'account', OFFICE);
  await world.release('account', 'state', 1, 'state');
  const proposed = await propose('account', 'bank', { account: NEW_ACCOUNT });
  assert.equal(proposed.terms.account.number, '', 'no number is ever shown');
  await refused(sign('account', 'bank', 'town-tekax/legal'), 'FAILED_PRECONDITION', 'ACCOUNT_MISMATCH');
  await refused(sign('account', 'bank', 'town-tekax/legal', { account: accountOf('account') }), 'FAILED_PRECONDITION', 'ACCOUNT_MISMATCH');
  for (const signer of proposed.signers) await sign('account', 'bank', `${signer.split('/')[1]}/legal`, { account: NEW_ACCOUNT });
  let project = await world.getProject('account');
  assert.equal(project.uncarried_minor_units, String(minor('2,000.00')));
  assert.equal(project.former_account_commitments.length, 1);
  const error = await refused(world.spend('account', 'early', minor('5.00')), 'FAILED_PRECONDITION', 'BALANCE_NOT_CARRIED');
  assert.equal(error.metadata.uncarried_minor_units, String(minor('2,000.00')));
  await world.spend('account', 'fee', minor('12.00'), { category: 'FEES' });
  const carry = (amount, account = NEW_ACCOUNT) =>
    world.as(VERIFIER).ledger.CarryBalance({
      request_id: requestId(),
      name: 'projects/account',
      credited: money(amount),
      bank_value_date: day(-1),
      account,
      documents: [evidence('BANK_RECEIPT')],
    });
  await refused(carry(minor('1,988.00'), accountOf('account')), 'FAILED_PRECONDITION', 'ACCOUNT_MISMATCH');
  await refused(carry(minor('1,988.01')), 'FAILED_PRECONDITION', 'CREDIT_ABOVE_RELEASE');
  project = await carry(minor('1,988.00'));
  assert.equal(project.uncarried_minor_units, '0');
  await world.spend('account', 'late', minor('1,988.00'));
  await checkBooks(world, 'account');
});

test('an amendment is withdrawn by its proposer, listed, and outdated by another', async () => {
  await world.agree('life', 'quarters', minor('4,000.00'), QUARTERS);
  const more = { total_minor_units: String(minor('4,400.00')) };
  await propose('life', 'a-first', more);
  await propose('life', 'b-second', more);
  const withdraw = (id, who) =>
    world.as(who).project.WithdrawAmendment({ request_id: requestId(), name: amendment('life', id) });
  await refused(withdraw('a-first', 'town-tekax/legal'), 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  assert.equal((await withdraw('a-first', CLUB_TREASURER)).state, 'WITHDRAWN');
  await amend('life', 'c-third', { total_minor_units: String(minor('4,200.00')) });
  await refused(sign('life', 'b-second', 'town-tekax/legal'), 'FAILED_PRECONDITION', 'AGREEMENT_CHANGED');
  const list = (filter) => world.listAll('project', 'ListAmendments', 'amendments', { parent: 'projects/life', page_size: 2, filter });
  assert.deepEqual(
    (await list('')).map((one) => [one.name.split('/')[3], one.state]),
    [
      ['a-first', 'WITHDRAWN'],
      ['b-second', 'OPEN'],
      ['c-third', 'IN_FORCE'],
    ],
  );
  assert.equal((await list('state = OPEN')).length, 1);
  await refused(
    world.as(OFFICE).project.GetAmendment({ name: amendment('life', 'none') }),
    'NOT_FOUND',
    'AMENDMENT_NOT_FOUND',
  );
});

test('two let a condition go that the finished work can no longer meet', async () => {
  await world.publishRule('measured', [
    { ...ROLES.STATE, cumulative_bps: [3000, 6000, 10000], tranche_conditions: [{}, {}, { verified_bps_min: 9000 }] },
    ROLES.CLUB,
  ]);
  await world.agree('short', 'measured', minor('2,000.00'), [ROLES.STATE, ROLES.CLUB], { planned_quantity_milli: '1200000' });
  await world.deposit('short', 'deposit', minor('1,000.00'));
  await world.step('AuthorizeProject', 'short', OFFICE);
  await world.release('short', 'state', 1, 'state-1');
  await world.step('ReportCompletion', 'short', EXECUTOR, { quantity_milli: '1200000' });
  await refused(
    world.step('ReportCompletion', 'short', EXECUTOR, { quantity_milli: '379000' }),
    'FAILED_PRECONDITION',
    'QUANTITY_OUT_OF_ORDER',
  );
  await world.step('ReportCompletion', 'short', EXECUTOR, { quantity_milli: '379000', correction: true });
  await refused(
    world.step('ConfirmCompletion', 'short', CLUB_TREASURER, { quantity_milli: '379001' }),
    'FAILED_PRECONDITION',
    'QUANTITY_OUT_OF_ORDER',
  );
  await world.step('ConfirmCompletion', 'short', CLUB_TREASURER, { quantity_milli: '379000' });
  await refused(world.propose('short', 'state', 2, 'state-2'), 'FAILED_PRECONDITION', 'WRONG_PROJECT_STATE');
  const waive = (id, ordinal, waivers, who) =>
    world.as(who).ledger.ProposeWaiver({
      request_id: requestId(),
      parent: 'projects/short',
      proposal_id: id,
      tranche: `projects/short/tranches/state-yucatan-${ordinal}`,
      waivers,
      reason: { text: 'Se construyeron 379 metros.' },
    });
  await refused(waive('w0', 2, ['VERIFIED_WORK'], OFFICE), 'FAILED_PRECONDITION', 'CONDITION_NOT_WAIVABLE');
  await waive('w1', 2, ['LAST_TRANCHES_ONLY'], OFFICE);
  await refused(world.approveProposal('short', 'w1', 'sedesol/second'), 'PERMISSION_DENIED', 'APPROVER_NOT_INDEPENDENT');
  await world.approveProposal('short', 'w1', CLUB_TREASURER);
  await world.release('short', 'state', 2, 'state-2');
  await refused(world.propose('short', 'state', 3, 'state-3'), 'FAILED_PRECONDITION', 'MILESTONE_NOT_REACHED');
  await waive('w2', 3, ['VERIFIED_WORK'], CLUB_TREASURER);
  await world.approveProposal('short', 'w2', OFFICE);
  assert.deepEqual((await world.getProject('short')).tranches[2].waivers, ['VERIFIED_WORK']);
  await world.release('short', 'state', 3, 'state-3');
  await world.spend('short', 'invoice', minor('2,000.00'));
  const handover = { documents: [evidence('HANDOVER_RECORD')] };
  await world.step('SignHandover', 'short', EXECUTOR, handover);
  await world.step('SignHandover', 'short', CLUB_TREASURER, handover);
  assert.equal((await world.step('SettleProject', 'short', OFFICE)).state, 'SETTLED');
});

test('a rule that asks for the community has its committee sign the handover, which an amendment can name', async () => {
  const thirds = [{ ...ROLES.STATE, cumulative_bps: [10000] }, ROLES.CLUB];
  await world.publishRule('neighbours', thirds, { community_signature_required: true });
  await world.createOrganization(ADMINISTRATOR, 'vecinos', 'COMMITTEE');
  const total = minor('2,000.00');
  const { parties } = await world.agree('neighbours', 'neighbours', total, thirds);
  await world.deposit('neighbours', 'deposit', BigInt(parties[1].due_minor_units));
  await world.step('AuthorizeProject', 'neighbours', OFFICE);
  await world.release('neighbours', 'state', 1, 'state');
  await world.spend('neighbours', 'invoice', total);
  await world.step('ReportCompletion', 'neighbours', EXECUTOR, { quantity_milli: '1000' });
  await world.step('ConfirmCompletion', 'neighbours', CLUB_TREASURER, { quantity_milli: '1000' });
  const handover = { documents: [evidence('HANDOVER_RECORD')] };
  const early = world.step('SignHandover', 'neighbours', EXECUTOR, handover);
  const error = await refused(early, 'FAILED_PRECONDITION', 'COMMITTEE_MISSING');
  assert.match(error.message, /terms.committee/);
  await amend('neighbours', 'committee', { committee: organization('vecinos') });
  for (const who of [EXECUTOR, CLUB_TREASURER]) {
    assert.equal((await world.step('SignHandover', 'neighbours', who, handover)).state, 'COMPLETED');
  }
  assert.equal((await world.step('SignHandover', 'neighbours', 'vecinos/chair', handover)).state, 'HANDED_OVER');
});

test("a club's refund pays what it owes elsewhere, and the trail goes on through both projects", async () => {
  await world.agree('gives', 'quarters', minor('4,000.00'), QUARTERS);
  await world.agree('gets', 'quarters', minor('2,000.00'), QUARTERS);
  await world.deposit('gives', 'deposit', minor('800.00'));
  await world.cancel('gives');
  await world.apportion('gives');
  const reallocation = 'projects/gives/reallocations/to-school';
  const move = (id, amount, who = CLUB_TREASURER, party = 'club-tekax') =>
    world.as(who).ledger.ProposeReallocation({
      request_id: requestId(),
      parent: 'projects/gives',
      proposal_id: `propose-${id}`,
      reallocation_id: id,
      party: organization(party),
      target_project: 'projects/gets',
      amount: money(amount),
      reason: { text: 'La escuela lo necesita más.' },
    });
  await refused(move('to-school', minor('500.01')), 'FAILED_PRECONDITION', 'CONTRIBUTION_ABOVE_DUE');
  await refused(move('to-school', minor('1.00'), 'town-tekax/budget'), 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  await refused(move('to-school', minor('450.00'), FEDERATION), 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  await move('to-school', minor('450.00'));
  await refused(move('again', minor('450.00')), 'FAILED_PRECONDITION', 'NOTHING_TO_REFUND');
  await refused(world.approveProposal('gives', 'propose-to-school', CLUB_TREASURER), 'PERMISSION_DENIED', 'APPROVER_NOT_INDEPENDENT');
  await world.approveProposal('gives', 'propose-to-school');
  await world.declare('gets', 'from-road', minor('450.00'), { reallocation });
  await refused(world.verify('gets', 'from-road', minor('450.00')), 'FAILED_PRECONDITION', 'WRONG_RESOURCE_STATE');
  const refund = (id, rest = {}) =>
    world.as(VERIFIER).ledger.PayRefund({
      request_id: requestId(),
      parent: 'projects/gives',
      refund_id: id,
      refund: { party: organization('club-tekax'), payment_date: day(-1), evidence: [evidence('BANK_RECEIPT')], ...rest },
    });
  assert.equal((await refund('to-club')).amount.minor_units, String(minor('350.00')));
  assert.equal((await refund('to-school', { reallocation })).amount.minor_units, String(minor('450.00')));
  await world.verify('gets', 'from-road', minor('449.00'));
  await checkBooks(world, 'gives');
  await checkBooks(world, 'gets');
  const moved = await world.as(OFFICE).ledger.GetReallocation({ name: reallocation });
  assert.equal(moved.state, 'RECEIVED');
  assert.equal(moved.refund, 'projects/gives/refunds/to-school');
  assert.equal(moved.contribution, 'projects/gets/contributions/from-road');
  assert.deepEqual(
    (await world.listAll('ledger', 'ListReallocations', 'reallocations', { parent: 'projects/gives' })).map((one) => one.name),
    [reallocation],
  );
  const out = await world.as(OFFICE).audit.TraceOutflow({ name: moved.refund });
  assert.deepEqual(
    out.map((row) => [row.inflow, row.amount.minor_units, row.to_reallocation]),
    [['projects/gives/contributions/deposit', String(minor('450.00')), reallocation]],
  );
  const here = await world.as(OFFICE).audit.TraceProject({ name: 'projects/gets' });
  assert.deepEqual(
    here.map((row) => [row.kind, row.inflow, row.amount.minor_units, row.from_reallocation]),
    [['LEFT', moved.contribution, String(minor('449.00')), reallocation]],
  );
  // What arrived there is no movement of this project's money.
  const there = await world.as(OFFICE).audit.TraceProject({ name: 'projects/gives' });
  assert.equal(sum(there.filter((row) => row.kind === 'REFUNDED').map((row) => row.amount.minor_units)), minor('800.00'));
  await refused(move('second', minor('1.00')), 'FAILED_PRECONDITION', 'NOTHING_TO_REFUND');
});
