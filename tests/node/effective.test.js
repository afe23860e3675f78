// The two times of a read over the public interface: what was known, and what counts through a day.
'use strict';

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const { World, ROLES, OFFICE, CONSULATE, day, organization, refused, sum, requestId } = require('./lib/scene');

const HALVES = [{ ...ROLES.FEDERAL, cumulative_bps: [10000] }, ROLES.CLUB];

let world;
before(async () => {
  world = await World.create();
  await world.createPool(10n ** 12n);
  await world.publishRule('halves', HALVES);
  await world.agree('road', 'halves', 200000n, HALVES);
  // Recorded in one order, in effect in another.
  await world.declare('road', 'late', 30000n);
  await world.verify('road', 'late', 30000n, { date: day(-2) });
  await world.declare('road', 'early', 20000n);
  await world.verify('road', 'early', 20000n, { date: day(-20) });
  await world.step('AuthorizeProject', 'road', OFFICE);
});
after(() => world.close());

const statement = (request) => world.as(OFFICE).ledger.GetProjectStatement({ name: 'projects/road', ...request });
const club = (found) => BigInt(found.lines.find(({ party }) => party.role === 'club').party.verified_minor_units);

test('a statement counts the money whose value date has come by the day asked for', async () => {
  assert.equal(club(await statement({})), 50000n);
  assert.equal(club(await statement({ effective_through: day(-21) })), 0n);
  const through = await statement({ effective_through: day(-20) });
  assert.deepEqual([club(through), through.effective_through], [20000n, day(-20)]);
  assert.equal(through.project.state, (await statement({})).project.state, 'the state is as known');
  const { balances } = await world.as(OFFICE).ledger.ListBalances({ parent: 'projects/road', effective_through: day(-20) });
  assert.equal(sum(balances.map((balance) => balance.minor_units)), 0n);
  assert.equal(balances.find(({ account }) => account === 'assets:road:bank').minor_units, '20000');
});

test('both times together: known before the second deposit, nothing had come by the earlier day', async () => {
  const { entry_sequences: sequences } = await world.as(OFFICE).ledger.GetContribution({
    name: 'projects/road/contributions/early',
  });
  const before = { sequence: String(BigInt(sequences[0]) - 1n) };
  assert.equal(club(await statement({ known_at: before, effective_through: day(-20) })), 0n);
  assert.equal(club(await statement({ known_at: before, effective_through: day(-2) })), 30000n);
});

test('a day of which nothing could be known is refused, and so is an age before it', async () => {
  const error = await refused(statement({ effective_through: '2999-01-01' }), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  assert.equal(error.fields[0].field, 'effective_through');
  const lines = (request) => world.as(OFFICE).ledger.ListStatementLines({ subject: 'projects/road', ...request });
  await refused(lines({ effective_through: day(-5), age_date: day(-6) }), 'INVALID_ARGUMENT', 'INVALID_FIELD');
  assert.equal((await lines({ effective_through: day(-5) })).age_date, day(-5));
});

test('a frozen club is named with its day and blamed for nothing', async () => {
  await world.as(CONSULATE).directory.SuspendRegistration({
    request_id: requestId(),
    name: organization('club-tekax'),
    reason: { text: 'La mesa directiva no se localiza.' },
  });
  const [hold] = (await statement({})).holds;
  assert.deepEqual(
    [hold.kind, hold.organization, hold.registration_state, hold.held_by, hold.since],
    ['ORGANIZATION_FROZEN', organization('club-tekax'), 'SUSPENDED', organization('consulate-la'), new Date().toISOString().slice(0, 10)],
  );
  const { lines } = await world.as(OFFICE).ledger.ListStatementLines({ subject: 'projects/road' });
  for (const line of lines) assert.deepEqual([line.late_minor_units, line.late_by], ['0', []]);
});
