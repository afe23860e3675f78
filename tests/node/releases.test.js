// Releases by proposal and approval, and the bound that the club's verified money sets (AT6).
'use strict';

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const scene = require('./lib/scene');
const { World, ROLES, OFFICE, VERIFIER, minor, money, organization, refused, day, column, checkBooks } = scene;

const half = (steps, mode = 'PARTIAL') => [{ ...ROLES.FEDERAL, cumulative_bps: steps, release_mode: mode }, ROLES.CLUB];

let world;
before(async () => {
  world = await World.create();
  await world.createPool(10n ** 12n);
  await world.publishRule('a', half([3000, 7000, 10000]), { tolerance_minor_units: '0' });
  await world.publishRule('b', half([3333, 6666, 10000]), { tolerance_minor_units: '0' });
  await world.publishRule('all-or-nothing', half([3000, 7000, 10000], 'ALL_OR_NOTHING'), {
    tolerance_minor_units: '0',
  });
  await world.publishRule('one-office', half([10000]), { single_organization_approvals: true });
});
after(() => world.close());

async function funded(id, version, total, roles, verified) {
  await world.agree(id, version, total, roles);
  await world.deposit(id, 'deposit-1', verified);
  return world.step('AuthorizeProject', id, OFFICE);
}

for (const [name, version, commitment, tranches] of [
  ['AT6a', 'a', minor('353,433.50'), [10603005n, 14137340n, 10603005n]],
  ['AT6b', 'b', minor('1,000,000.01'), [33330000n, 33330000n, 33340001n]],
]) {
  test(`${name}: three proposals release the three steps of the schedule exactly`, async () => {
    const id = name.toLowerCase();
    const project = await funded(id, version, 2n * commitment, half([]), commitment);
    assert.deepEqual(
      project.tranches.map((tranche) => BigInt(tranche.amount_minor_units)),
      tranches,
    );
    const released = [];
    for (const ordinal of [1, 2, 3]) released.push(await world.release(id, 'federal', ordinal, `r-${ordinal}`));
    assert.deepEqual(released, tranches);
    const statement = await checkBooks(world, id);
    assert.deepEqual(column(statement, 'received_minor_units'), [commitment, 0n]);
    assert.deepEqual(column(statement, 'committed_minor_units'), [0n, 0n]);
  });
}

test('AT6c: what is released follows what the club has verified, to the centavo', async () => {
  const id = 'at6c';
  await funded(id, 'a', 2n * minor('1,000,000.00'), half([]), minor('250,000.00'));
  const released = [await world.release(id, 'federal', 1, 'r-1')];

  // Everything the bound allows is out: the next centavo is refused with the whole calculation.
  const first = await refused(
    world.propose(id, 'federal', 1, 'too-much', 1n),
    'FAILED_PRECONDITION',
    'RELEASE_ABOVE_BOUND',
  );
  assert.deepEqual(
    ['entitled', 'released', 'asked', 'excess'].map((name) => first.metadata[`${name}_minor_units`]),
    ['25000000', '25000000', '1', '1'],
  );
  assert.match(first.message, /250,000\.00 MXN.*250,000\.00 MXN.*0\.01 MXN.*0\.01 MXN/);
  const whole = await refused(
    world.propose(id, 'federal', 1, 'too-much'),
    'FAILED_PRECONDITION',
    'RELEASE_ABOVE_BOUND',
  );
  assert.equal(whole.metadata.asked_minor_units, '5000000');
  await refused(world.propose(id, 'federal', 2, 'too-early', 1n), 'FAILED_PRECONDITION', 'TRANCHE_NOT_OPEN');

  await world.deposit(id, 'deposit-2', minor('350,000.00'));
  released.push(await world.release(id, 'federal', 1, 'r-2'));
  released.push(await world.release(id, 'federal', 2, 'r-3'));
  const second = await refused(
    world.propose(id, 'federal', 2, 'too-much', 10000000n),
    'FAILED_PRECONDITION',
    'RELEASE_ABOVE_BOUND',
  );
  assert.deepEqual(
    ['entitled', 'released', 'asked', 'excess'].map((name) => second.metadata[`${name}_minor_units`]),
    ['60000000', '60000000', '10000000', '10000000'],
  );
  await world.deposit(id, 'deposit-3', minor('400,000.00'));
  released.push(await world.release(id, 'federal', 2, 'r-4'));
  released.push(await world.release(id, 'federal', 3, 'r-5'));
  assert.deepEqual(released, [25000000n, 5000000n, 30000000n, 10000000n, 30000000n]);
  const over = await refused(
    world.propose(id, 'federal', 3, 'too-much', 1n),
    'FAILED_PRECONDITION',
    'RELEASE_ABOVE_TRANCHE',
  );
  assert.equal(over.metadata.left_minor_units, '0');
  await checkBooks(world, id);
});

test('ALL_OR_NOTHING waits until the whole tranche fits', async () => {
  const id = 'whole';
  await world.agree(id, 'all-or-nothing', 200000000n, half([]));
  await world.deposit(id, 'deposit-1', 29999999n);
  const error = await refused(world.step('AuthorizeProject', id, OFFICE), 'FAILED_PRECONDITION', 'NOT_RELEASABLE');
  assert.deepEqual(
    error.violations.map((violation) => violation.type),
    ['NOT_RELEASABLE', 'RELEASE_ABOVE_BOUND'],
  );
  await world.deposit(id, 'deposit-2', 1n);
  await world.step('AuthorizeProject', id, OFFICE);
  const part = await refused(
    world.propose(id, 'federal', 1, 'part', 29999999n),
    'FAILED_PRECONDITION',
    'RELEASE_ABOVE_TRANCHE',
  );
  assert.equal(part.metadata.left_minor_units, '30000000');
  assert.equal(await world.release(id, 'federal', 1, 'r-1'), 30000000n);
});

test('an open proposal reserves its amount, and withdrawn frees it', async () => {
  const id = 'reserved';
  await funded(id, 'a', 200000000n, half([]), 20000000n);
  const proposal = await world.propose(id, 'federal', 1, 'r-1', 15000000n);
  assert.equal(proposal.state, 'OPEN');
  const error = await refused(
    world.propose(id, 'federal', 1, 'r-2', 5000001n),
    'FAILED_PRECONDITION',
    'RELEASE_ABOVE_BOUND',
  );
  assert.equal(error.metadata.excess_minor_units, '1');
  const { ledger } = world.as('federation-mx/budget');
  const withdrawn = await ledger.WithdrawProposal({
    request_id: scene.requestId(),
    name: proposal.name,
    reason: { text: 'Cifra equivocada.' },
  });
  assert.equal(withdrawn.state, 'WITHDRAWN');
  await refused(world.approveProposal(id, 'propose-r-1'), 'FAILED_PRECONDITION', 'WRONG_RESOURCE_STATE');
  assert.equal(await world.release(id, 'federal', 1, 'r-3'), 20000000n);
});

test('nobody approves their own proposal', async () => {
  await funded('four-eyes', 'a', 200000000n, half([]), 20000000n);
  await world.propose('four-eyes', 'federal', 1, 'r-1');
  const denied = ['PERMISSION_DENIED', 'APPROVER_NOT_INDEPENDENT'];
  await refused(world.approveProposal('four-eyes', 'propose-r-1', 'federation-mx/budget'), ...denied);
  await refused(world.approveProposal('four-eyes', 'propose-r-1', 'federation-mx/another'), ...denied);
  await refused(
    world.approveProposal('four-eyes', 'propose-r-1', 'builder/site'),
    'PERMISSION_DENIED',
    'ACTOR_NOT_ALLOWED',
  );
  // A club releases no government's money.
  await refused(
    world.approveProposal('four-eyes', 'propose-r-1', 'club-tekax/treasurer'),
    'PERMISSION_DENIED',
    'ACTOR_NOT_ALLOWED',
  );
  assert.equal((await world.approveProposal('four-eyes', 'propose-r-1')).state, 'APPROVED');

  // Where the rule lets one organisation suffice it still takes two of its people.
  await funded('two-clerks', 'one-office', 2000n, [{ ...ROLES.FEDERAL }, ROLES.CLUB], 1000n);
  await world.propose('two-clerks', 'federal', 1, 'r-1');
  await refused(world.approveProposal('two-clerks', 'propose-r-1', 'federation-mx/budget'), ...denied);
  assert.equal(
    (await world.approveProposal('two-clerks', 'propose-r-1', 'federation-mx/another')).approver,
    organization('federation-mx'),
  );
});

test('a release arrives once, at most whole, and what banks keep stays with the payer', async () => {
  const id = 'arrives';
  await funded(id, 'a', 200000000n, half([]), 20000000n);
  await world.propose(id, 'federal', 1, 'r-1');
  await world.approveProposal(id, 'propose-r-1');
  const above = await refused(world.receive(id, 'r-1', 20000001n), 'FAILED_PRECONDITION', 'CREDIT_ABOVE_RELEASE');
  assert.equal(above.metadata.excess_minor_units, '1');
  await refused(world.receive(id, 'r-1', 20000000n, 'builder/site'), 'PERMISSION_DENIED', 'VERIFIER_NOT_INDEPENDENT');
  const release = await world.receive(id, 'r-1', 19999000n);
  assert.equal(release.state, 'RECEIVED');
  assert.equal(release.credited.minor_units, '19999000');
  await refused(world.receive(id, 'r-1', 19999000n), 'FAILED_PRECONDITION', 'WRONG_RESOURCE_STATE');
  const statement = await checkBooks(world, id);
  assert.deepEqual(column(statement, 'released_minor_units'), [19999000n, 0n]);
  assert.deepEqual(column(statement, 'committed_minor_units'), [80001000n, 0n]);
  assert.equal(await world.release(id, 'federal', 1, 'r-2'), 1000n);
});

test('a reversed deposit leaves a receivable where the money is spent, and releases wait for it', async () => {
  const id = 'returned';
  await funded(id, 'a', 200000000n, half([]), 20000000n);
  await world.release(id, 'federal', 1, 'r-1');
  await world.spend(id, 'invoice-1', 30000000n);
  const reverse = (proposal, target, who, documents = [scene.evidence('BANK_RECEIPT')]) =>
    world.as(who).ledger.ProposeReversal({
      request_id: scene.requestId(),
      parent: `projects/${id}`,
      proposal_id: proposal,
      target: `projects/${id}/${target}`,
      bank_value_date: day(-1),
      documents,
      reason: { text: 'Cheque devuelto.' },
    });
  await refused(
    reverse('no', 'contributions/deposit-1', 'club-tekax/treasurer'),
    'PERMISSION_DENIED',
    'ACTOR_NOT_ALLOWED',
  );
  await refused(reverse('no', 'contributions/deposit-1', VERIFIER, []), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  await reverse('back', 'contributions/deposit-1', VERIFIER);
  await refused(world.approveProposal(id, 'back', VERIFIER), 'PERMISSION_DENIED', 'APPROVER_NOT_INDEPENDENT');
  await world.approveProposal(id, 'back');
  let statement = await checkBooks(world, id);
  // Of the club's 200,000.00, 150,000.00 was spent; the 100,000.00 in the box goes back, half of it in place of the
  // club's own money.
  assert.deepEqual(column(statement, 'verified_minor_units'), [0n, 0n]);
  assert.deepEqual(column(statement, 'receivable_minor_units'), [0n, 15000000n]);
  assert.deepEqual(column(statement, 'taken_back_minor_units'), [0n, 10000000n]);
  assert.deepEqual(column(statement, 'equalised_minor_units'), [5000000n, -5000000n]);
  assert.equal(statement.box_minor_units, '0');
  const waits = await refused(world.propose(id, 'federal', 1, 'r-2', 1n), 'FAILED_PRECONDITION', 'RECEIVABLE_OPEN');
  assert.equal(waits.metadata.receivable_minor_units, '15000000');

  const repay = (amount, repayment) =>
    world.as(VERIFIER).ledger.RecordRepayment({
      request_id: scene.requestId(),
      parent: `projects/${id}`,
      repayment_id: repayment,
      repayment: {
        party: organization('club-tekax'),
        amount: money(amount),
        bank_value_date: day(-1),
        evidence: [scene.evidence('BANK_RECEIPT')],
      },
      account: scene.accountOf(id),
    });
  await refused(repay(15000001n, 'r'), 'FAILED_PRECONDITION', 'REPAYMENT_ABOVE_RECEIVABLE');
  await repay(15000000n, 'whole');
  statement = await checkBooks(world, id);
  assert.deepEqual(column(statement, 'receivable_minor_units'), [0n, 0n]);

  // A reversed expenditure gives back to whoever paid it.
  await reverse('invoice', 'expenditures/invoice-1', scene.EXECUTOR);
  // That it came back says somebody who sees the bank, not office and executor between them.
  await refused(world.approveProposal(id, 'invoice'), 'PERMISSION_DENIED', 'VERIFIER_NOT_INDEPENDENT');
  await world.approveProposal(id, 'invoice', VERIFIER);
  statement = await checkBooks(world, id);
  assert.equal(statement.spent_minor_units, '0');
  const trail = await world.as(OFFICE).audit.TraceOutflow({ name: `projects/${id}/expenditures/invoice-1` });
  assert.equal(scene.sum(trail.map((row) => row.amount.minor_units)), 0n);
});
