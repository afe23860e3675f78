// What is unspent goes back by the cash each paid in (AT9), and a club's dollars are recorded with what their way cost (AT11).
'use strict';

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const scene = require('./lib/scene');
const {
  World,
  ROLES,
  FILLS,
  OFFICE,
  VERIFIER,
  CLUB_TREASURER,
  minor,
  money,
  organization,
  refused,
  sum,
  column,
  checkBooks,
} = scene;

const QUARTERS = [ROLES.FEDERAL, ROLES.STATE, ROLES.MUNICIPALITY, ROLES.CLUB];
// Pays and may be refunded: the parties in the rule's order.
const PARTIES = QUARTERS.map(({ role }) => FILLS[role]);

let world;
before(async () => {
  world = await World.create();
  await world.createPool(10n ** 12n);
  await world.publishRule(
    'quarters',
    QUARTERS.map((role) => (role.cumulative_bps ? { ...role, cumulative_bps: [10000] } : role)),
  );
});
after(() => world.close());

// A project that is being built, with what each party paid in; zero: nothing.
async function paidIn(id, total, amounts) {
  await world.agree(id, 'quarters', total, QUARTERS);
  await world.deposit(id, 'deposit', amounts[3]);
  await world.step('AuthorizeProject', id, OFFICE);
  for (const [i, role] of ['federal', 'state', 'municipality'].entries()) {
    if (amounts[i] > 0n) await world.release(id, role, 1, role, amounts[i]);
  }
}

// Apportions what is left of a cancelled project and pays it; returns principal and interest by party.
async function refundAll(id) {
  await world.apportion(id);
  const apportioned = await checkBooks(world, id);
  assert.deepEqual(column(apportioned, 'left_minor_units'), [0n, 0n, 0n, 0n]);
  const amounts = [];
  const interests = [];
  for (const [i, party] of PARTIES.entries()) {
    if (column(apportioned, 'payable_minor_units')[i] === 0n) {
      await refused(world.payRefund(id, party), 'FAILED_PRECONDITION', 'NOTHING_TO_REFUND');
      amounts.push(0n);
      interests.push(0n);
      continue;
    }
    const refund = await world.payRefund(id, party);
    amounts.push(BigInt(refund.amount.minor_units));
    interests.push(BigInt(refund.interest.minor_units));
  }
  const paid = await checkBooks(world, id);
  assert.equal(paid.box_minor_units, '0');
  assert.deepEqual(column(paid, 'refunded_minor_units'), amounts);
  assert.deepEqual(column(paid, 'interest_paid_minor_units'), interests);
  await refused(world.apportion(id), 'FAILED_PRECONDITION', 'NOTHING_TO_REFUND');
  return { amounts, interests };
}

test('AT9a: three paid alike, the state nothing; unspent money and interest go back to the three', async () => {
  const paid = minor('250,000.00');
  await paidIn('at9a', 4n * paid, [paid, 0n, paid, paid]);
  await world.spend('at9a', 'invoice', minor('437,219.53'));
  await world.interest('at9a', 'i1', minor('1,043.37'));
  await refused(world.apportion('at9a'), 'FAILED_PRECONDITION', 'WRONG_PROJECT_STATE');
  await world.cancel('at9a');
  const { amounts, interests } = await refundAll('at9a');
  assert.deepEqual(amounts, [10426016n, 0n, 10426016n, 10426015n]);
  assert.deepEqual(interests, [34779n, 0n, 34779n, 34779n]);
  const pool = await world.as(OFFICE).program.GetPool({ name: `${scene.PROGRAM}/pools/federation-mx-2014` });
  assert.equal(pool.released_minor_units, paid.toString());
  assert.equal(pool.committed_minor_units, '0');
});

test("AT9b: what each paid in decides, not the rule's weights", async () => {
  const amounts = ['1,000,000.00', '750,000.00', '612,500.00', '1,000,000.00'].map(minor);
  await paidIn('at9b', minor('4,000,000.00'), amounts);
  await world.spend('at9b', 'invoice', minor('1,999,999.99'));
  await world.cancel('at9b');
  const refund = await refundAll('at9b');
  assert.deepEqual(refund.amounts, [40520446n, 30390335n, 24818774n, 40520446n]);
  assert.deepEqual(refund.interests, [0n, 0n, 0n, 0n]);
  // Whose money it was, told by the trail: refunds and invoice together use up every inflow.
  const rows = await world.as(OFFICE).audit.TraceProject({ name: 'projects/at9b' });
  const of = (kind) => sum(rows.filter((row) => row.kind === kind).map((row) => row.amount.minor_units));
  assert.equal(of('SPENT'), minor('1,999,999.99'));
  assert.equal(of('REFUNDED'), sum(refund.amounts));
  assert.equal(of('EQUALISED'), 0n);
  assert.equal(of('LEFT'), 0n);
  const one = await world.as(OFFICE).audit.TraceOutflow({ name: 'projects/at9b/refunds/refund-club-tekax' });
  assert.equal(
    sum(one.filter((row) => row.kind === 'REFUNDED').map((row) => row.amount.minor_units)),
    refund.amounts[3],
  );
});

test('an obligation of a cancelled project is paid with two approvers, before the refunds', async () => {
  const paid = minor('1,000.00');
  await paidIn('owed', 4n * paid, [paid, paid, paid, paid]);
  await world.cancel('owed');
  await refused(world.spend('owed', 'late', 1n), 'FAILED_PRECONDITION', 'WRONG_PROJECT_STATE');
  await world.as(scene.EXECUTOR).ledger.ProposeExpenditure({
    request_id: scene.requestId(),
    parent: 'projects/owed',
    proposal_id: 'pay-builder',
    expenditure_id: 'last-invoice',
    expenditure: {
      amount: money(100001n),
      category: 'WORKS',
      payment_date: scene.day(-1),
      vendor_name: 'Obras',
      evidence: [scene.evidence('INVOICE')],
    },
    reason: { text: 'Estimación anterior a la cancelación.' },
  });
  await refused(world.approveProposal('owed', 'pay-builder', scene.EXECUTOR), 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  await refused(world.approveProposal('owed', 'pay-builder', VERIFIER), 'PERMISSION_DENIED', 'ACTOR_NOT_ALLOWED');
  await world.approveProposal('owed', 'pay-builder');
  const { amounts } = await refundAll('owed');
  assert.deepEqual(amounts, [75000n, 75000n, 75000n, 74999n]);
});

test('what the bank sends back is payable again, late deposits are refunded, wrong interest is taken back', async () => {
  const paid = minor('1,000.00');
  await paidIn('bounced', 4n * paid, [paid, paid, paid, paid]);
  await world.declare('bounced', 'late', 2000n);
  await world.interest('bounced', 'right', 400n);
  await world.interest('bounced', 'wrong', 7n);
  await world.reverse('bounced', 'correct', 'interests/wrong');
  await world.cancel('bounced');
  const { amounts, interests } = await refundAll('bounced');
  assert.deepEqual(interests, [100n, 100n, 100n, 100n]);
  const gone = await refused(
    world.reverse('bounced', 'too-late', 'interests/right'),
    'FAILED_PRECONDITION',
    'INSUFFICIENT_FUNDS',
  );
  assert.equal(gone.metadata.missing_minor_units, '400');

  await world.reverse('bounced', 'sent-back', 'refunds/refund-club-tekax');
  const [, , , club] = (await checkBooks(world, 'bounced')).project.parties;
  assert.equal(BigInt(club.payable_minor_units), amounts[3] + interests[3]);
  await refused(world.apportion('bounced'), 'FAILED_PRECONDITION', 'REFUND_OPEN');
  const again = await world.payRefund('bounced', 'club-tekax', 'second-attempt');
  assert.equal(again.amount.minor_units, amounts[3].toString());
  assert.equal(again.interest.minor_units, interests[3].toString());

  await refused(world.declare('bounced', 'new', 1n), 'FAILED_PRECONDITION', 'WRONG_PROJECT_STATE');
  await world.verify('bounced', 'late', 2000n);
  assert.equal((await checkBooks(world, 'bounced')).box_minor_units, '2000');
  await world.apportion('bounced');
  const { interests: recorded } = await world.as(OFFICE).ledger.ListInterests({ parent: 'projects/bounced' });
  assert.deepEqual(
    recorded.map(({ name, state }) => `${name.split('/').pop()} ${state}`),
    ['right RECORDED', 'wrong REVERSED'],
  );
});

test('savings of a finished project are refunded before it settles', async () => {
  const paid = minor('1,000.00');
  await paidIn('saved', 4n * paid, [paid, paid, paid, paid]);
  await world.spend('saved', 'invoice', 399990n);
  await world.finish('saved');
  const open = await refused(world.step('SettleProject', 'saved', OFFICE), 'FAILED_PRECONDITION', 'BALANCE_NOT_ZERO');
  assert.equal(open.metadata.minor_units, '10');
  await world.apportion('saved');
  const unpaid = await refused(world.step('SettleProject', 'saved', OFFICE), 'FAILED_PRECONDITION', 'BALANCE_NOT_ZERO');
  assert.equal(unpaid.violations.length, 5);
  for (const party of PARTIES) await world.payRefund('saved', party);
  assert.equal((await world.step('SettleProject', 'saved', OFFICE)).state, 'SETTLED');
  const statement = await checkBooks(world, 'saved');
  assert.deepEqual(column(statement, 'refunded_minor_units'), [3n, 3n, 2n, 2n]);
});

test('AT11: dollars arrive as pesos, with fee, tax and spread beside the posting', async () => {
  const id = 'dollars';
  const rate = (units) => ({ units, scale: 4 });
  const transfer = {
    paid: money(minor('14,000.00'), 'USD'),
    fee: money(minor('35.00'), 'USD'),
    tax: money(minor('140.00'), 'USD'),
    provider_rate: rate('179500'),
    reference_rate: rate('184308'),
    reference_series: 'BANXICO_FIX',
    reference_date: '2025-11-25',
    channel: 'CASH_TRANSFER',
  };
  const credited = 24815875n;
  await world.agree(id, 'quarters', 4n * credited, QUARTERS);
  const pledge = (pledgeId, amount, rest) =>
    world.as(CLUB_TREASURER).ledger.CreatePledge({
      request_id: scene.requestId(),
      parent: `projects/${id}`,
      pledge_id: pledgeId,
      pledge: { party: organization('club-tekax'), amount: money(amount, 'USD'), ...rest },
    });
  const bare = await refused(pledge('bare', minor('13,000.00'), {}), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  assert.deepEqual(
    bare.fields.map(({ field }) => field),
    ['pledge.reference_rate'],
  );
  const promised = await pledge('dollars', minor('13,000.00'), {
    reference_rate: rate('213775'),
    reference_date: '2022-03-08',
  });
  assert.equal(promised.value_minor_units, '27790750');
  await refused(
    world.declare(id, 'foreign', minor('14,000.00'), { currency: 'USD' }),
    'FAILED_PRECONDITION',
    'WRONG_CURRENCY',
  );
  await world.declare(id, 'dollars', credited, { pledge: promised.name });
  const late = { ...transfer, reference_date: '2025-11-26' };
  await refused(
    world.verify(id, 'dollars', credited, { transfer: late, date: '2025-11-25' }),
    'INVALID_ARGUMENT',
    'INVALID_FIELD',
  );
  const verified = await world.verify(id, 'dollars', credited, { transfer, date: '2025-11-25' });
  assert.equal(verified.credited.minor_units, credited.toString());
  assert.equal(verified.transfer.net_minor_units, '1382500');
  assert.equal(verified.transfer.spread_loss_minor_units, '664706');
  assert.equal(verified.transfer.total_loss_minor_units, '987245');
  assert.equal(verified.transfer.total_loss_bps, '382');
  // 13,000 USD from 21.3775 to 18.4308.
  assert.equal(verified.transfer.pledge_movement_minor_units, (23960040n - 27790750n).toString());
  const statement = await checkBooks(world, id);
  assert.equal(column(statement, 'verified_minor_units')[3], credited);

  // The pledges of the scenario moved so between their two days.
  for (const [k, [then, now, moved]] of [
    ['213775', '166895', -6094400n],
    ['185089', '210511', 3304860n],
  ].entries()) {
    const name = `moved-${k}`;
    const { name: pledgeName } = await pledge(name, minor('13,000.00'), {
      reference_rate: rate(then),
      reference_date: '2016-11-08',
    });
    await world.declare(id, name, 1000n, { pledge: pledgeName });
    const result = await world.verify(id, name, 1000n, {
      transfer: {
        paid: money(100n, 'USD'),
        reference_rate: rate(now),
        reference_series: 'BANXICO_FIX',
        reference_date: '2023-07-28',
      },
    });
    assert.equal(BigInt(result.transfer.pledge_movement_minor_units), moved);
  }
  await refused(
    world.verify(id, 'dollars', credited, { who: VERIFIER }),
    'FAILED_PRECONDITION',
    'WRONG_RESOURCE_STATE',
  );
});
