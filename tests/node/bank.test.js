// What the bank says: statements, the reconciliation of a box, references that confirm once, and deposits of nobody, by the public interface.
'use strict';

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const scene = require('./lib/scene');
const { World, ROLES, accountOf, OFFICE, VERIFIER, CLUB_TREASURER, EXECUTOR, day, evidence, money, refused, checkBooks, requestId } = scene;

const DUO = [{ ...ROLES.FEDERAL, cumulative_bps: [10000] }, ROLES.CLUB];

let world;
before(async () => {
  world = await World.create();
  await world.createPool(10n ** 12n);
  await world.publishRule('duo', DUO);
  await world.publishRule('referenced', DUO, { bank_reference_required: true });
});
after(() => world.close());

const ledger = (who = VERIFIER) => world.as(who).ledger;
const reference = (text) => ({ bank_reference: { reference: text } });
const line = (date, amount, ref) => ({
  bank_value_date: date,
  minor_units: String(amount),
  ...(ref === undefined ? {} : reference(ref)),
});

function start(project, id, first, last, opening, closing, count, who = VERIFIER) {
  return ledger(who).StartBankStatement({
    request_id: requestId(),
    parent: `projects/${project}`,
    statement_id: id,
    statement: {
      first_date: first,
      last_date: last,
      opening_balance_minor_units: String(opening),
      closing_balance_minor_units: String(closing),
      line_count: String(count),
    },
    account: accountOf(project),
  });
}

const addLines = (project, id, first, lines, request = requestId()) =>
  ledger().AddBankLines({
    request_id: request,
    name: `projects/${project}/statements/${id}`,
    first_line: String(first),
    lines,
  });

// A whole statement that begins with nothing.
async function bring(project, id, first, last, lines, opening = 0) {
  const sum = lines.reduce((total, { minor_units: amount }) => total + BigInt(amount), 0n);
  await start(project, id, first, last, opening, BigInt(opening) + sum, lines.length);
  return addLines(project, id, 1, lines);
}

const deposit = (project, id, amount, rest = {}) =>
  ledger().RecordDeposit({
    request_id: requestId(),
    parent: `projects/${project}`,
    deposit_id: id,
    deposit: { amount: money(amount), bank_value_date: day(-1), evidence: [evidence('BANK_RECEIPT')] },
    account: accountOf(project),
    ...rest,
  });

const reconcile = (project, rest = {}) => ledger(OFFICE).ReconcileBox({ name: `projects/${project}`, ...rest });
const items = (project, rest = {}) =>
  world.listAll('ledger', 'ListBoxItems', 'items', { parent: `projects/${project}`, page_size: 2, ...rest });

// 1,000.00 of the club and 1,000.00 of the federal side are in, 500.00 is spent.
async function built(id, rule = 'duo') {
  await world.agree(id, rule, 200_000n, DUO);
  await world.declare(id, 'c1', 100_000n);
  await world.verify(id, 'c1', 100_000n, reference(`${id.toUpperCase()}-C1`));
  await world.step('AuthorizeProject', id, OFFICE);
  await world.propose(id, 'federal', 1, 'f1');
  await world.approveProposal(id, 'propose-f1');
  await ledger().ReceiveRelease({
    request_id: requestId(),
    name: `projects/${id}/releases/f1`,
    credited: money(100_000n),
    bank_value_date: day(-1),
    account: accountOf(id),
    documents: [evidence('BANK_RECEIPT')],
    ...reference(`${id.toUpperCase()}-F1`),
  });
  await world.spend(id, 'e1', 50_000n);
}

test('a statement adds up, follows the one before, and is taken line by line', async () => {
  await built('sums');
  await refused(start('sums', 's1', day(-9), day(-1), 0, 1, 0), 'FAILED_PRECONDITION', 'BANK_STATEMENT_DIFFERENCE');
  await refused(start('sums', 's1', day(-9), day(-1), 0, 1, 1, EXECUTOR), 'PERMISSION_DENIED', 'VERIFIER_NOT_INDEPENDENT');
  await start('sums', 's1', day(-9), day(-1), 0, 150_000, 3);
  const request = requestId();
  const first = [line(day(-2), 100_000, 'SUMS-C1')];
  let statement = await addLines('sums', 's1', 1, first, request);
  assert.equal(statement.state, 'IMPORTING');
  // A repeat is the same; the same lines under another id are not taken twice.
  statement = await addLines('sums', 's1', 1, first, request);
  assert.equal(statement.imported_line_count, '1');
  const again = await refused(addLines('sums', 's1', 1, first), 'FAILED_PRECONDITION', 'BANK_STATEMENT_OUT_OF_ORDER');
  assert.equal(again.metadata.next_line, '2');
  const rest = (last) => [line(day(-1), 100_000), line(day(-1), last)];
  const off = await refused(addLines('sums', 's1', 2, rest(-49_999)), 'FAILED_PRECONDITION', 'BANK_STATEMENT_DIFFERENCE');
  assert.equal(off.metadata.difference_minor_units, '-1');
  statement = await addLines('sums', 's1', 2, rest(-50_000));
  assert.equal(statement.state, 'COMPLETE');
  const overlap = await refused(start('sums', 's2', day(-1), day(0), 150_000, 150_000, 0), 'FAILED_PRECONDITION', 'BANK_STATEMENT_OUT_OF_ORDER');
  assert.equal(overlap.metadata.expected_first_date, day(0));
  await refused(start('sums', 's2', day(0), day(0), 150_001, 150_001, 0), 'FAILED_PRECONDITION', 'BANK_STATEMENT_OUT_OF_ORDER');
  // What the bank wrote is not to be had from the ledger.
  const lines = await world.listAll('ledger', 'ListBankLines', 'lines', { parent: 'projects/sums', page_size: 1 });
  assert.equal(lines.length, 3);
  assert.equal(lines[0].reference_commitment.length, 32);
  assert.ok(!JSON.stringify(await world.listAll('audit', 'ListEntries', 'entries', { subject: 'projects/sums' })).includes('SUMS-C1'));
  const box = await reconcile('sums');
  assert.equal(box.reconciled, true);
  assert.equal(box.book_balance_minor_units, '150000');
  assert.equal(box.difference_minor_units, '0');
  await checkBooks(world, 'sums');
});

test('what belongs to nothing is shown on both sides, and a verifier may say otherwise', async () => {
  await built('pairs');
  await bring('pairs', 's1', day(-9), day(-1), [
    line(day(-1), 100_000, 'PAIRS-C1'),
    line(day(-8), 100_000, 'PAIRS-F1'),
    line(day(-8), 700),
  ]);
  let box = await reconcile('pairs');
  assert.equal(box.reconciled, false);
  assert.equal(box.bank_unmatched_count, 1);
  assert.equal(box.book_unmatched_count, 1);
  assert.equal(box.difference_minor_units, '50700');
  const paged = [];
  for (let token = ''; ; ) {
    const page = await reconcile('pairs', { page_size: 1, page_token: token });
    paged.push(...page.days);
    token = page.next_page_token;
    if (token === '') break;
  }
  assert.deepEqual(paged, box.days);
  const unmatched = await items('pairs', { unmatched_only: true });
  assert.deepEqual(
    unmatched.map((item) => [item.bank, item.minor_units, item.match]),
    [
      [true, '700', 'UNMATCHED'],
      [false, '-50000', 'UNMATCHED'],
    ],
  );
  const byReference = (await items('pairs')).find((item) => item.bank && item.bank_value_date === day(-8) && item.minor_units === '100000');
  assert.equal(byReference.match, 'BY_REFERENCE');
  assert.equal(byReference.resource, 'projects/pairs/releases/f1');

  const name = 'projects/pairs/lines/s1-000003';
  const match = (matchedWith) => ledger().MatchBankLine({ request_id: requestId(), name, matched_with: `projects/pairs/${matchedWith}` });
  await refused(match('contributions/c1'), 'FAILED_PRECONDITION', 'BANK_LINE_MISMATCH');
  await refused(match('contributions/nowhere'), 'NOT_FOUND', 'CONTRIBUTION_NOT_FOUND');
  await ledger().RecordInterest({
    request_id: requestId(),
    parent: 'projects/pairs',
    interest_id: 'i1',
    interest: { amount: money(700n), bank_value_date: day(-8), evidence: [evidence('BANK_RECEIPT')] },
    account: accountOf('pairs'),
    bank_line: name,
  });
  await refused(match('interests/i1'), 'FAILED_PRECONDITION', 'BANK_LINE_MATCHED');
  const apart = await ledger().UnmatchBankLine({ request_id: requestId(), name, reason: { text: 'No es eso.' } });
  assert.equal(apart.state, 'SET_APART');
  assert.equal((await reconcile('pairs')).bank_unmatched_count, 1);
  await match('interests/i1');
  box = await reconcile('pairs');
  assert.equal(box.bank_unmatched_count, 0);
});

test('one movement of the bank confirms one thing', async () => {
  await world.agree('once', 'duo', 200_000n, DUO);
  await world.declare('once', 'c1', 30_000n);
  await world.declare('once', 'c2', 30_000n);
  await world.verify('once', 'c1', 30_000n, reference('SPEI-0001'));
  const error = await refused(world.verify('once', 'c2', 30_000n, reference('SPEI-0001')), 'FAILED_PRECONDITION', 'BANK_REFERENCE_USED');
  assert.equal(error.metadata.used_by, 'projects/once/contributions/c1');
  // In another project the same text is another reference.
  await world.agree('twice', 'duo', 200_000n, DUO);
  await world.declare('twice', 'c1', 30_000n);
  await world.verify('twice', 'c1', 30_000n, reference('SPEI-0001'));
  await world.agree('asked', 'referenced', 200_000n, DUO);
  await world.declare('asked', 'c1', 30_000n);
  await refused(world.verify('asked', 'c1', 30_000n), 'FAILED_PRECONDITION', 'BANK_REFERENCE_MISSING');
  await world.verify('asked', 'c1', 30_000n, reference('SPEI-0001'));
  await refused(
    world.verify('once', 'c2', 30_000n, { bank_line: 'projects/once/lines/none-000001' }),
    'NOT_FOUND',
    'BANK_LINE_NOT_FOUND',
  );
});

test('a deposit of nobody is not spent, and becomes what it is', async () => {
  await built('nobody');
  await deposit('nobody', 'd1', 25_000n, reference('D-1'));
  await deposit('nobody', 'd2', 9_000n);
  const short = await refused(world.spend('nobody', 'e2', 150_001n), 'FAILED_PRECONDITION', 'INSUFFICIENT_FUNDS');
  assert.equal(short.metadata.available_minor_units, '150000');
  const statement = await world.statement('nobody');
  assert.equal(statement.unidentified_minor_units, '34000');
  assert.equal(statement.box_minor_units, '184000');
  const trail = await world.as(OFFICE).audit.TraceProject({ name: 'projects/nobody' });
  assert.deepEqual(
    trail.filter((row) => row.kind === 'UNIDENTIFIED').map((row) => [row.inflow, row.amount.minor_units]),
    [
      ['projects/nobody/deposits/d1', '25000'],
      ['projects/nobody/deposits/d2', '9000'],
    ],
  );
  await world.declare('nobody', 'c2', 25_000n);
  await refused(
    world.verify('nobody', 'c2', 24_000n, { deposit: 'projects/nobody/deposits/d1' }),
    'FAILED_PRECONDITION',
    'BANK_LINE_MISMATCH',
  );
  await world.verify('nobody', 'c2', 25_000n, { deposit: 'projects/nobody/deposits/d1' });
  const identified = await ledger().GetDeposit({ name: 'projects/nobody/deposits/d1' });
  assert.equal(identified.state, 'IDENTIFIED');
  assert.equal(identified.identified_as, 'projects/nobody/contributions/c2');
  const inflow = await world.as(OFFICE).audit.TraceInflow({ name: 'projects/nobody/contributions/c2' });
  assert.deepEqual(inflow.map((row) => [row.kind, row.amount.minor_units]), [['LEFT', '25000']]);
  await world.reverse('nobody', 'send-back', 'deposits/d2');
  const [open, all] = await Promise.all(
    ['state = UNIDENTIFIED', ''].map((filter) =>
      world.listAll('ledger', 'ListDeposits', 'deposits', { parent: 'projects/nobody', filter }),
    ),
  );
  assert.equal(open.length, 0);
  assert.deepEqual(all.map((one) => one.state), ['IDENTIFIED', 'RETURNED']);
  assert.equal((await world.statement('nobody')).unidentified_minor_units, '0');
});

test('what a vendor sent back is identified by two, and a settled project holds nothing of nobody', async () => {
  await built('vendor');
  await world.spend('vendor', 'e2', 150_000n);
  await deposit('vendor', 'd1', 50_000n);
  await world.as(EXECUTOR).ledger.ProposeReversal({
    request_id: requestId(),
    parent: 'projects/vendor',
    proposal_id: 'came-back',
    target: 'projects/vendor/expenditures/e1',
    bank_value_date: day(-1),
    documents: [evidence('BANK_RECEIPT')],
    reason: { text: 'El proveedor devolvio el pago.' },
    deposit: 'projects/vendor/deposits/d1',
  });
  await world.approveProposal('vendor', 'came-back', VERIFIER);
  assert.equal((await world.statement('vendor')).box_minor_units, '50000');
  assert.equal((await world.statement('vendor')).unidentified_minor_units, '0');
  await world.spend('vendor', 'e3', 50_000n);
  await deposit('vendor', 'd2', 11n);
  await world.finish('vendor');
  const error = await refused(world.step('SettleProject', 'vendor', OFFICE), 'FAILED_PRECONDITION', 'BALANCE_NOT_ZERO');
  assert.ok(error.violations.some((violation) => violation.subject === 'suspense:vendor:deposits'));
  await world.reverse('vendor', 'send-back', 'deposits/d2');
  await world.step('SettleProject', 'vendor', OFFICE);
  await refused(deposit('vendor', 'd3', 1n), 'FAILED_PRECONDITION', 'WRONG_PROJECT_STATE');
  // The last statement comes when the box is empty, and closes the circle.
  await bring('vendor', 's1', day(-30), day(-1), [
    line(day(-1), 100_000, 'VENDOR-C1'),
    line(day(-1), 100_000, 'VENDOR-F1'),
    line(day(-1), -50_000),
    line(day(-1), -150_000),
    line(day(-1), 50_000),
    line(day(-1), -50_000),
    line(day(-1), 11),
    line(day(-1), -11),
  ]);
  assert.equal((await reconcile('vendor')).reconciled, true);
});

test('a statement given up counts for nothing', async () => {
  await built('given-up');
  await start('given-up', 's1', day(-9), day(-1), 0, 100_000, 2);
  await addLines('given-up', 's1', 1, [line(day(-1), 100_000)]);
  await refused(start('given-up', 's2', day(-9), day(-1), 0, 0, 0), 'FAILED_PRECONDITION', 'WRONG_RESOURCE_STATE');
  await ledger().DiscardBankStatement({
    request_id: requestId(),
    name: 'projects/given-up/statements/s1',
    reason: { text: 'Archivo equivocado.' },
  });
  assert.equal((await reconcile('given-up')).last_date, '');
  await refused(
    ledger().DiscardBankStatement({ request_id: requestId(), name: 'projects/given-up/statements/s9', reason: { text: 'x' } }),
    'NOT_FOUND',
    'BANK_STATEMENT_NOT_FOUND',
  );
  const malformed = await refused(
    addLines('given-up', 's1', 0, [line('2014-02-30', 5, 'not a reference')]),
    'INVALID_ARGUMENT',
    'INVALID_FIELD',
  );
  assert.deepEqual(malformed.fields.map((field) => field.field).sort(), [
    'first_line',
    'lines[0].bank_reference.reference',
    'lines[0].bank_value_date',
  ]);
  await refused(ledger(CLUB_TREASURER).GetDeposit({ name: 'projects/given-up/deposits/none' }), 'NOT_FOUND', 'DEPOSIT_NOT_FOUND');
});

test('one transfer of a federation is shared among the contributions it brought, and never goes beyond itself', async () => {
  await world.agree('shared', 'duo', 200_000n, DUO);
  await bring('shared', 's1', day(-9), day(-1), [line(day(-1), 60_000, 'SHARED-1')]);
  const name = 'projects/shared/lines/s1-000001';
  for (const [id, amount] of [['c1', 30_000n], ['c2', 20_000n], ['c3', 10_000n], ['c4', 10_000n]]) {
    await world.declare('shared', id, amount);
  }
  const whole = await refused(world.verify('shared', 'c1', 30_000n, { bank_line: name }), 'FAILED_PRECONDITION', 'BANK_LINE_MISMATCH');
  assert.equal(whole.metadata.difference_minor_units, '-30000');
  await world.verify('shared', 'c1', 30_000n, { bank_line: name, part_of_line: true });
  let shared = await ledger().GetBankLine({ name });
  assert.equal(shared.state, 'PARTLY_MATCHED');
  assert.equal(shared.assigned_minor_units, '30000');
  let box = await reconcile('shared');
  assert.equal(box.reconciled, false);
  assert.equal(box.days.find((one) => one.bank_value_date === day(-1)).bank_unmatched_minor_units, '30000');
  assert.deepEqual(
    (await items('shared')).map((item) => [item.bank, item.minor_units, item.match]),
    [
      [false, '30000', 'ENTERED'],
      [true, '30000', 'ENTERED'],
      [true, '30000', 'UNMATCHED'],
    ],
  );
  await refused(
    world.verify('shared', 'c2', 30_001n, { bank_line: name, part_of_line: true }),
    'FAILED_PRECONDITION',
    'BANK_LINE_MISMATCH',
  );
  await world.verify('shared', 'c2', 20_000n, { bank_line: name, part_of_line: true });
  await world.verify('shared', 'c3', 10_000n, { bank_line: name });
  shared = await ledger().GetBankLine({ name });
  assert.equal(shared.state, 'MATCHED');
  assert.deepEqual(
    shared.matches.map((match) => [match.matched_with, match.minor_units]),
    [
      ['projects/shared/contributions/c1', '30000'],
      ['projects/shared/contributions/c2', '20000'],
      ['projects/shared/contributions/c3', '10000'],
    ],
  );
  assert.equal((await reconcile('shared')).reconciled, true);
  await refused(
    world.verify('shared', 'c4', 10_000n, { bank_line: name, part_of_line: true }),
    'FAILED_PRECONDITION',
    'BANK_LINE_MATCHED',
  );
  await refused(world.verify('shared', 'c4', 10_000n, reference('SHARED-1')), 'FAILED_PRECONDITION', 'BANK_REFERENCE_USED');
  await checkBooks(world, 'shared');
});

test('one payment is made up of several lines', async () => {
  await built('pieces');
  await bring('pieces', 's1', day(-9), day(-1), [
    line(day(-1), 100_000, 'PIECES-C1'),
    line(day(-1), 100_000, 'PIECES-F1'),
    line(day(-1), -30_000),
    line(day(-1), -20_000),
  ]);
  assert.equal((await reconcile('pieces')).bank_unmatched_count, 2);
  const match = (ordinal, units) =>
    ledger().MatchBankLine({
      request_id: requestId(),
      name: `projects/pieces/lines/s1-00000${ordinal}`,
      matched_with: 'projects/pieces/expenditures/e1',
      ...(units === undefined ? {} : { minor_units: String(units) }),
    });
  await refused(match(3), 'FAILED_PRECONDITION', 'BANK_LINE_MISMATCH');
  await match(3, -30_000);
  assert.deepEqual(
    (await items('pieces', { unmatched_only: true })).map((item) => [item.bank, item.minor_units]),
    [
      [false, '-20000'],
      [true, '-20000'],
    ],
  );
  await match(4);
  assert.equal((await reconcile('pieces')).reconciled, true);
  await ledger().UnmatchBankLine({
    request_id: requestId(),
    name: 'projects/pieces/lines/s1-000004',
    matched_with: 'projects/pieces/expenditures/e1',
    reason: { text: 'Era otro pago.' },
  });
  assert.equal((await reconcile('pieces')).reconciled, false);
});

test('a statement that the bank corrected is withdrawn and imported anew', async () => {
  await built('anew');
  await bring('anew', 's1', day(-9), day(-1), [
    line(day(-1), 100_000, 'ANEW-C1'),
    line(day(-1), 100_000, 'ANEW-F1'),
    line(day(-1), -50_001),
  ]);
  const match = (statement) =>
    ledger().MatchBankLine({
      request_id: requestId(),
      name: `projects/anew/lines/${statement}-000001`,
      matched_with: 'projects/anew/contributions/c1',
    });
  await match('s1');
  const withdraw = (id, who = VERIFIER) =>
    ledger(who).WithdrawBankStatement({
      request_id: requestId(),
      name: `projects/anew/statements/${id}`,
      reason: { text: 'El banco lo corrigio.' },
    });
  await refused(withdraw('s1', EXECUTOR), 'PERMISSION_DENIED', 'VERIFIER_NOT_INDEPENDENT');
  const matched = await refused(withdraw('s1'), 'FAILED_PRECONDITION', 'BANK_LINE_MATCHED');
  assert.equal(matched.metadata.lines, 'projects/anew/lines/s1-000001');
  await ledger().UnmatchBankLine({ request_id: requestId(), name: 'projects/anew/lines/s1-000001', reason: { text: 'Se corrige.' } });
  const before = await reconcile('anew');
  assert.equal(before.difference_minor_units, '-1');
  const withdrawn = await withdraw('s1');
  assert.equal(withdrawn.state, 'WITHDRAWN');
  assert.equal((await reconcile('anew')).last_date, '');
  await refused(match('s1'), 'NOT_FOUND', 'BANK_LINE_NOT_FOUND');
  assert.equal((await ledger().GetBankLine({ name: 'projects/anew/lines/s1-000003' })).minor_units, '-50001');
  await bring('anew', 's1b', day(-9), day(-1), [
    line(day(-1), 100_000, 'ANEW-C1'),
    line(day(-1), 100_000, 'ANEW-F1'),
    line(day(-1), -50_000),
  ]);
  assert.equal((await reconcile('anew')).reconciled, true);
  await match('s1b');
  // What was known then stands as it was.
  const then = { known_at: { sequence: before.sequence } };
  assert.equal((await reconcile('anew', then)).difference_minor_units, '-1');
  assert.equal((await ledger().GetBankStatement({ name: 'projects/anew/statements/s1', ...then })).state, 'COMPLETE');
  const states = (await world.listAll('ledger', 'ListBankStatements', 'statements', { parent: 'projects/anew' })).map((one) => one.state);
  assert.deepEqual(states, ['WITHDRAWN', 'COMPLETE']);
  // Later ones go on from it, and go first.
  await start('anew', 's2', day(0), day(0), 150_000, 150_000, 0);
  const early = await refused(withdraw('s1b'), 'FAILED_PRECONDITION', 'BANK_STATEMENT_OUT_OF_ORDER');
  assert.equal(early.metadata.last_statement, 'projects/anew/statements/s2');
  await withdraw('s2');
  await checkBooks(world, 'anew');
});

test('an account that an amendment changed is reconciled with the one after it', async () => {
  const next = { number: '998877665544332211' };
  await built('moved');
  await start('moved', 's1', day(-9), day(-3), 0, 0, 0);
  const proposed = await world.as(CLUB_TREASURER).project.ProposeAmendment({
    request_id: requestId(),
    parent: 'projects/moved',
    amendment_id: 'bank',
    terms: { account: next },
    reason: { text: 'El banco cerro la sucursal.' },
  });
  for (const signer of proposed.signers) {
    await world.as(`${signer.split('/')[1]}/legal`).project.SignAmendment({
      request_id: requestId(),
      name: 'projects/moved/amendments/bank',
      documents: [evidence('AGREEMENT')],
      account: next,
    });
  }
  await ledger().CarryBalance({
    request_id: requestId(),
    name: 'projects/moved',
    credited: money(150_000n),
    bank_value_date: day(-1),
    account: next,
    documents: [evidence('BANK_RECEIPT')],
  });
  // The last statement of the old account, and the first of the new one.
  await bring('moved', 's2', day(-2), day(-1), [
    line(day(-1), 100_000),
    line(day(-1), 100_000),
    line(day(-1), -50_000),
    line(day(-1), -150_000),
  ]);
  assert.equal((await reconcile('moved')).reconciled, false);
  await ledger().StartBankStatement({
    request_id: requestId(),
    parent: 'projects/moved',
    statement_id: 'n1',
    statement: {
      first_date: day(-1),
      last_date: day(-1),
      opening_balance_minor_units: '0',
      closing_balance_minor_units: '150000',
      line_count: '1',
    },
    account: next,
  });
  await addLines('moved', 'n1', 1, [line(day(-1), 150_000)]);
  const box = await reconcile('moved');
  assert.equal(box.difference_minor_units, '0');
  assert.equal(box.reconciled, true);
  assert.deepEqual(
    box.accounts.map((one) => [one.former, one.book_balance_minor_units, one.difference_minor_units]),
    [
      [false, '150000', '0'],
      [true, '0', '0'],
    ],
  );
  const project = await world.getProject('moved');
  assert.equal(project.last_statement, 'projects/moved/statements/n1');
  assert.deepEqual(
    project.account_statements.map((one) => one.last_statement),
    ['projects/moved/statements/s2', 'projects/moved/statements/n1'],
  );
});

test('where the rule has accounts written as CLABE, another spelling of one is refused', async () => {
  await world.publishRule('clabe', DUO, { account_form: 'CLABE' });
  const project = await world.approve('clabe', 'clabe', 2000n, DUO);
  const sign = (signer, number) =>
    world.step('SignAgreement', 'clabe', `${signer.split('/')[1]}/legal`, {
      account: { number },
      agreement_date: `${scene.YEAR}-01-02`,
      documents: [evidence('AGREEMENT')],
    });
  const clabe = '032180000118359719';
  const [first] = project.parties;
  // The bank's own number of the same account, one mistyped digit, and an IBAN.
  for (const number of ['00011835971', '032180000118359718', 'SV62CENR00000000000000700025']) {
    await refused(sign(first.organization, number), 'FAILED_PRECONDITION', 'ACCOUNT_FORM_MISMATCH');
  }
  for (const signer of new Set([...project.parties.map((party) => party.organization), project.executor])) await sign(signer, clabe);
  const agreed = await world.getProject('clabe');
  assert.equal(agreed.state, 'AGREED');
  await world.declare('clabe', 'c1', 1000n);
  await world.verify('clabe', 'c1', 1000n, { account: { number: clabe } });
  await refused(
    world.as(CLUB_TREASURER).project.ProposeAmendment({
      request_id: requestId(),
      parent: 'projects/clabe',
      amendment_id: 'moves',
      terms: { account: { number: '00011835971' } },
      reason: { text: 'Otra cuenta.' },
    }),
    'FAILED_PRECONDITION',
    'ACCOUNT_FORM_MISMATCH',
  );
});
