// Goods and labour (AT16), what is held back from vendors or paid them in advance, savings, and what goes back at a year's end.
'use strict';

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const scene = require('./lib/scene');
const { PROGRAM, YEAR } = scene;
const { World, ROLES, OFFICE, VERIFIER, EXECUTOR, CLUB_TREASURER, accountOf, minor, money, evidence, day, organization, refused, requestId, sum, column, checkBooks } = scene;

const PAIR = [ROLES.FEDERAL, ROLES.CLUB];
// The bank of AT16 pays twice what the counterpart gives.
const BANK = { ...ROLES.FEDERAL, weight: '2', pooled: false, cumulative_bps: [10000] };
const COUNTERPART = { ...ROLES.CLUB, in_kind_cap_bps: 5000 };
const TREASURY = {
  ...ROLES.FEDERAL,
  pooled: false,
  cumulative_bps: [10000],
  returns_unspent_at_year_end: true,
  year_end_return_days: 15,
};

let world;
before(async () => {
  world = await World.create();
  await world.publishRule('hands', [BANK, COUNTERPART], { in_kind_allowed: true, in_kind_in_bound: true });
  await world.publishRule('vendors', [TREASURY, ROLES.CLUB], { advance_bps_max: 3000, pledge_lapse_days: 30 });
});
after(() => world.close());

const declareGoods = (project, id, quantity, unitValue, who = CLUB_TREASURER) =>
  world.as(who).ledger.DeclareInKind({
    request_id: requestId(),
    parent: `projects/${project}`,
    in_kind_id: id,
    in_kind: {
      party: organization('club-tekax'),
      item: 'IN_KIND_LABOUR',
      unit: 'IN_KIND_DAY',
      quantity_milli: String(quantity),
      unit_value: money(unitValue),
      evidence: [evidence('PHOTOGRAPH')],
    },
  });

const appraise = (project, id, quantity, unitValue, who = VERIFIER) =>
  world.as(who).ledger.AppraiseInKind({
    request_id: requestId(),
    name: `projects/${project}/in-kinds/${id}`,
    quantity_milli: String(quantity),
    unit_value: money(unitValue),
    appraisal_date: day(-1),
    documents: [evidence('OTHER_DOCUMENT')],
  });

const contract = (project, id, amount) =>
  world.as(EXECUTOR).ledger.RecordContract({
    request_id: requestId(),
    parent: `projects/${project}`,
    contract_id: id,
    contract: {
      amount: money(amount),
      contract_date: day(-1),
      vendor_name: 'Constructora de la prueba, S.A.',
      evidence: [evidence('OTHER_DOCUMENT')],
    },
  });

const getContract = (project, id) => world.as(OFFICE).ledger.GetContract({ name: `projects/${project}/contracts/${id}` });

// A project of the club and the federal funder, both wholly paid in.
async function paidIn(id, total) {
  await world.agree(id, 'vendors', total, PAIR);
  await world.deposit(id, 'deposit', total / 2n);
  await world.step('AuthorizeProject', id, OFFICE);
  await world.release(id, 'federal', 1, 'federal', total / 2n);
}

test('AT16: goods and labour count up to half of the due; the rest is kept apart and the gap shown', async () => {
  const total = minor('25,816.50');
  await world.agree('at16', 'hands', total, PAIR);
  await world.deposit('at16', 'cash', minor('4,000.00'));
  const declared = await declareGoods('at16', 'labour', 92110n, minor('50.00'));
  assert.equal(declared.declared_minor_units, '460550');
  // Neither the giver, nor its federation, nor the executor says what it is worth.
  for (const who of [CLUB_TREASURER, scene.FEDERATION, EXECUTOR]) {
    await refused(appraise('at16', 'labour', 92110n, minor('50.00'), who), 'PERMISSION_DENIED', 'VERIFIER_NOT_INDEPENDENT');
  }
  const appraised = await appraise('at16', 'labour', 92110n, minor('50.00'));
  assert.equal(appraised.state, 'APPRAISED');
  assert.equal(appraised.appraised_minor_units, '460550');
  const statement = await checkBooks(world, 'at16');
  const line = statement.lines.find(({ party }) => party.organization === organization('club-tekax'));
  assert.equal(line.party.due_minor_units, '860550');
  assert.equal(line.party.in_kind_counted_minor_units, '430275');
  assert.equal(line.gap_minor_units, '30275');
  assert.equal(statement.in_kind_minor_units, '460550');
  assert.equal(statement.box_minor_units, minor('4,000.00').toString());
  const balances = await world.listAll('ledger', 'ListBalances', 'balances', { parent: 'projects/at16' });
  const balance = (account) => balances.find((row) => row.account === account)?.minor_units;
  assert.equal(balance('assets:at16:in-kind'), '460550');
  assert.equal(balance('funds:at16:club-tekax:in-kind-over-match'), '-30275');
  // The bank follows what counts: twice 8,302.75, and the tolerance of one peso.
  await world.step('AuthorizeProject', 'at16', OFFICE);
  await refused(world.propose('at16', 'federal', 1, 'above', 1660751n), 'FAILED_PRECONDITION', 'RELEASE_ABOVE_BOUND');
  await world.release('at16', 'federal', 1, 'within', 1660750n);
  const rows = await world.as(OFFICE).audit.TraceInflow({ name: 'projects/at16/in-kinds/labour' });
  assert.deepEqual(
    rows.map((row) => [row.kind, row.amount.minor_units]),
    [['GIVEN_IN_KIND', '460550']],
  );
  await world.reverse('at16', 'not-there', 'in-kinds/labour');
  const reversed = await checkBooks(world, 'at16');
  assert.equal(reversed.in_kind_minor_units, '0');
  const after = await world.as(OFFICE).audit.TraceInflow({ name: 'projects/at16/in-kinds/labour' });
  assert.equal(sum(after.map((row) => row.amount.minor_units)), 0n);
});

test('a rule that takes nothing in kind refuses it', async () => {
  await world.agree('no-hands', 'vendors', 1000n, PAIR);
  await refused(declareGoods('no-hands', 'g', 1000n, 10n), 'FAILED_PRECONDITION', 'IN_KIND_NOT_ALLOWED');
  await refused(
    world.as(OFFICE).ledger.GetInKind({ name: 'projects/no-hands/in-kinds/g' }),
    'NOT_FOUND',
    'IN_KIND_NOT_FOUND',
  );
});

test('an advance is amortised or paid back, what is retained is released once the work is done, and the rest is saved', async () => {
  await paidIn('vendors', minor('2,000.00'));
  await contract('vendors', 'walls', minor('1,000.00'));
  const terms = { contract: 'projects/vendors/contracts/walls' };
  await refused(
    world.spend('vendors', 'too-much', minor('300.01'), { ...terms, purpose: 'ADVANCE' }),
    'FAILED_PRECONDITION',
    'ADVANCE_ABOVE_MAXIMUM',
  );
  await world.spend('vendors', 'advance', minor('300.00'), { ...terms, purpose: 'ADVANCE' });
  assert.equal((await world.statement('vendors')).spent_minor_units, '0');
  await world.spend('vendors', 'invoice', minor('600.00'), {
    ...terms,
    retained_minor_units: '10000',
    amortised_minor_units: '20000',
  });
  let walls = await getContract('vendors', 'walls');
  assert.equal(walls.vendor_name, 'Constructora de la prueba, S.A.');
  assert.equal(walls.invoiced_minor_units, '90000');
  assert.equal(walls.advance_open_minor_units, '10000');
  assert.equal(walls.retained_minor_units, '10000');
  // The vendor gives the rest of the advance back; first it only seemed so.
  const recover = () =>
    world.as(VERIFIER).ledger.RecoverAdvance({
      request_id: requestId(),
      name: 'projects/vendors/expenditures/advance',
      amount: money(10000n),
      bank_value_date: day(-1),
      account: accountOf('vendors'),
      documents: [evidence('BANK_RECEIPT')],
    });
  const [mistake] = (await recover()).recoveries;
  const box = (await world.statement('vendors')).box_minor_units;
  await world.as(VERIFIER).ledger.ProposeReversal({
    request_id: requestId(),
    parent: 'projects/vendors',
    proposal_id: 'not-back',
    target: 'projects/vendors/expenditures/advance',
    recovery_sequence: mistake.sequence,
    bank_value_date: day(-1),
    documents: [evidence('BANK_RECEIPT')],
    reason: { text: 'Era de otro proveedor.' },
  });
  await world.approveProposal('vendors', 'not-back');
  assert.equal((await getContract('vendors', 'walls')).advance_open_minor_units, '10000');
  assert.equal((await world.statement('vendors')).box_minor_units, String(BigInt(box) - 10000n));
  await recover();
  await refused(
    world.spend('vendors', 'early', 10000n, { ...terms, purpose: 'RETENTION_RELEASE', evidence: [evidence('BANK_RECEIPT')] }),
    'FAILED_PRECONDITION',
    'WRONG_PROJECT_STATE',
  );
  const handed = await world.finish('vendors');
  assert.equal(handed.state, 'HANDED_OVER');
  // What is saved goes back while the vendor's 100.00 stay: what is left of them later is divided by itself.
  await world.apportion('vendors');
  for (const party of ['federation-mx', 'club-tekax']) {
    assert.equal((await world.payRefund('vendors', party)).amount.minor_units, '55000');
  }
  assert.equal((await checkBooks(world, 'vendors')).box_minor_units, '10000');
  await refused(world.step('SettleProject', 'vendors', OFFICE), 'FAILED_PRECONDITION', 'BALANCE_NOT_ZERO');
  await world.spend('vendors', 'retention', 4000n, {
    ...terms,
    purpose: 'RETENTION_RELEASE',
    evidence: [evidence('BANK_RECEIPT')],
  });
  // What is left of it the office and the club keep, because a wall fell down.
  await world.as(OFFICE).ledger.ProposeForfeiture({
    request_id: requestId(),
    parent: 'projects/vendors',
    proposal_id: 'keep',
    contract: terms.contract,
    amount: money(6000n),
    category: 'WORKS',
    reason: { text: 'Un muro se cayó.' },
    documents: [evidence('PHOTOGRAPH')],
  });
  await refused(world.approveProposal('vendors', 'keep', OFFICE), 'PERMISSION_DENIED', 'APPROVER_NOT_INDEPENDENT');
  await world.approveProposal('vendors', 'keep', CLUB_TREASURER);
  const saved = await checkBooks(world, 'vendors');
  assert.equal(saved.spent_minor_units, '84000');
  assert.equal(saved.savings_minor_units, '116000');
  assert.deepEqual(column(saved, 'savings_minor_units'), [58000n, 58000n]);
  const rows = await world.as(OFFICE).audit.TraceOutflow({ name: 'projects/vendors/expenditures/advance' });
  assert.equal(sum(rows.map((row) => row.amount.minor_units)), 20000n);
  await world.apportion('vendors');
  for (const party of ['federation-mx', 'club-tekax']) await world.payRefund('vendors', party, `rest-${party}`);
  const settled = await world.step('SettleProject', 'vendors', OFFICE);
  assert.equal(settled.state, 'SETTLED');
  const end = await checkBooks(world, 'vendors');
  assert.equal(end.savings_minor_units, '116000');
  assert.equal(end.box_minor_units, '0');
  const trail = await world.as(OFFICE).audit.TraceProject({ name: 'projects/vendors' });
  const of = (kind) => sum(trail.filter((row) => row.kind === kind).map((row) => row.amount.minor_units));
  assert.deepEqual([of('SPENT'), of('REFUNDED'), of('EQUALISED'), of('LEFT')], [84000n, 116000n, 0n, 0n]);
});

test('what the federal side has left of a year goes back with its yields, by two; the delay is shown', async () => {
  await world.agree('year', 'vendors', minor('400.00'), PAIR);
  await world.deposit('year', 'deposit', minor('200.00'));
  await world.step('AuthorizeProject', 'year', OFFICE);
  await world.propose('year', 'federal', 1, 'federal', minor('200.00'));
  await world.approveProposal('year', 'propose-federal');
  const year = new Date().getUTCFullYear() - 1;
  await world.as(VERIFIER).ledger.ReceiveRelease({
    request_id: requestId(),
    name: 'projects/year/releases/federal',
    credited: money(minor('200.00')),
    bank_value_date: `${year}-11-30`,
    account: accountOf('year'),
    documents: [evidence('BANK_RECEIPT')],
  });
  await world.spend('year', 'invoice', minor('100.00'));
  await world.interest('year', 'yields', 500n);
  const lines = await world.listAll('ledger', 'ListStatementLines', 'lines', {
    subject: 'projects/year',
    age_date: `${year + 1}-02-01`,
  });
  const federal = lines.find((line) => line.role === 'federal');
  assert.equal(federal.year_end_return_minor_units, '15000');
  assert.equal(federal.year_end_return_due_date, `${year + 1}-01-15`);
  assert.equal(federal.year_end_return_late_days, 17);
  const ask = (party, fiscalYear) =>
    world.as(OFFICE).ledger.ProposeYearEndReturn({
      request_id: requestId(),
      parent: 'projects/year',
      proposal_id: 'return',
      party: organization(party),
      fiscal_year: fiscalYear,
      reason: { text: 'Cierre del ejercicio.' },
    });
  await refused(ask('federation-mx', year + 1), 'FAILED_PRECONDITION', 'YEAR_END_RETURN_NOT_DUE');
  await refused(ask('club-tekax', year), 'FAILED_PRECONDITION', 'YEAR_END_RETURN_NOT_DUE');
  const proposal = await ask('federation-mx', year);
  assert.equal(proposal.year_end_return.amount.minor_units, '15000');
  assert.equal(proposal.year_end_return.interest.minor_units, '250');
  await refused(
    world.approveProposal('year', 'return', 'federation-mx/budget'),
    'PERMISSION_DENIED',
    'APPROVER_NOT_INDEPENDENT',
  );
  await world.approveProposal('year', 'return', CLUB_TREASURER);
  const refund = await world.payRefund('year', 'federation-mx');
  assert.equal(refund.amount.minor_units, '15000');
  assert.equal(refund.interest.minor_units, '250');
  const statement = await checkBooks(world, 'year');
  assert.deepEqual(column(statement, 'left_minor_units'), [0n, 15000n]);
  assert.deepEqual(column(statement, 'equalised_minor_units'), [0n, 0n]);
  await world.spend('year', 'after', 1n);
});

test('what one budget had promised is paid out of the next one, and each pool says its own', async () => {
  await world.createPool(minor('200.00'));
  await world.createPool(minor('150.00'), 'federation-mx', YEAR + 1);
  await world.publishRule('refrendo', [{ ...ROLES.FEDERAL, cumulative_bps: [10000] }, ROLES.CLUB]);
  await world.agree('refrendo', 'refrendo', minor('400.00'), PAIR);
  const move = (from, to, amount, who = 'federation-mx/budget') =>
    world.as(who).ledger.MoveCommitment({
      request_id: requestId(),
      name: 'projects/refrendo',
      party: organization('federation-mx'),
      from_fiscal_year: from,
      to_fiscal_year: to,
      ...(amount === undefined ? {} : { amount: money(amount) }),
    });
  const failed = 'FAILED_PRECONDITION';
  await refused(move(YEAR, YEAR + 1, minor('50.00'), CLUB_TREASURER), 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  await refused(move(YEAR, YEAR, minor('50.00')), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  await refused(move(YEAR, YEAR + 1, minor('200.01')), failed, 'MOVE_ABOVE_COMMITTED');
  await refused(move(YEAR, YEAR + 1), failed, 'POOL_EXCEEDED');
  const moved = await move(YEAR, YEAR + 1, minor('150.00'));
  const parts = (of) => of.pool_parts.map((part) => [part.fiscal_year, part.committed_minor_units, part.released_minor_units]);
  const federal = (project) => project.parties.find((party) => party.organization === organization('federation-mx'));
  assert.deepEqual(parts(federal(moved)), [[YEAR, '5000', '0'], [YEAR + 1, '15000', '0']]);
  await world.deposit('refrendo', 'deposit', minor('200.00'));
  await world.step('AuthorizeProject', 'refrendo', OFFICE);
  await world.release('refrendo', 'federal', 1, 'both', minor('120.00'));
  const release = await world.as(OFFICE).ledger.GetRelease({ name: 'projects/refrendo/releases/both' });
  assert.deepEqual(parts(release), [[YEAR, '0', '5000'], [YEAR + 1, '0', '7000']]);
  const pool = (year) => world.as(OFFICE).program.GetPool({ name: `${PROGRAM}/pools/federation-mx-${year}` });
  assert.equal((await pool(YEAR)).free_minor_units, '15000');
  assert.deepEqual([(await pool(YEAR + 1)).committed_minor_units, (await pool(YEAR + 1)).released_minor_units], ['8000', '7000']);
  await checkBooks(world, 'refrendo');
});

test('a pledge carries the deadline of its rule, and none before today', async () => {
  await world.agree('pledged', 'vendors', 1000n, PAIR);
  const pledge = (id, deadline) =>
    world.as(CLUB_TREASURER).ledger.CreatePledge({
      request_id: requestId(),
      parent: 'projects/pledged',
      pledge_id: id,
      pledge: { party: organization('club-tekax'), amount: money(500n), ...(deadline ? { deadline } : {}) },
    });
  await refused(pledge('late', day(40)), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  await refused(pledge('past', day(-3)), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  const kept = await pledge('kept');
  assert.equal(kept.state, 'PLEDGED');
  assert.ok(kept.deadline >= day(28) && kept.deadline <= day(31), kept.deadline);
  const project = await world.getProject('pledged');
  assert.deepEqual(
    project.deadlines.map(({ resource, open_minor_units }) => [resource, open_minor_units]),
    [['projects/pledged/pledges/kept', '500']],
  );
});
