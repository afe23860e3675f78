// Whole projects with numbers nobody published: random mixes, totals, deposits, releases, invoices, interest, reversals and
// refunds. Whatever happens, each unit of money is somewhere, once, and matching money never outruns the club's.
'use strict';

const assert = require('node:assert/strict');
const { test, before, after } = require('node:test');
const {
  World,
  ROLES,
  FILLS,
  OFFICE,
  VERIFIER,
  money,
  day,
  evidence,
  accountOf,
  requestId,
  sum,
  column,
  checkBooks,
} = require('./lib/scene');
const { CallError } = require('./lib/api');
const { Random } = require('./lib/random');

const RUNS = Number(process.env.ORIUNDO_RUNS ?? 6);
const STEPS = 40;

const random = new Random('projects');
let world;
before(async () => {
  world = await World.create();
  await world.createPool(10n ** 15n);
});
after(() => world.close());

// Refusals that random numbers may run into; anything else is a fault.
const EXPECTED = new Set([
  'RELEASE_ABOVE_BOUND',
  'RELEASE_ABOVE_TRANCHE',
  'TRANCHE_NOT_OPEN',
  'RECEIVABLE_OPEN',
  'INSUFFICIENT_FUNDS',
  'WRONG_PROJECT_STATE',
  'NOT_RELEASABLE',
]);

async function attempt(call) {
  try {
    return await call();
  } catch (error) {
    if (error instanceof CallError && EXPECTED.has(error.reason)) return undefined;
    throw error;
  }
}

const between = (low, high) => low + random.below(high - low + 1n);

// `reversed`: money was taken back, so that what was released before may now be more than the club's money entitles to.
async function checkProject(id, roles, tolerance, reversed) {
  const statement = await checkBooks(world, id);
  assert.equal(sum(column(statement, 'due_minor_units')), BigInt(statement.project.total_minor_units));
  const club = statement.lines.at(-1).party;
  // What the club gave beyond its due is over-match and entitles nobody to anything.
  const towardsDue = BigInt(club.verified_minor_units) - BigInt(club.over_match_minor_units);
  statement.lines.slice(0, -1).forEach(({ party, entitled_minor_units: stated }, i) => {
    const entitled = ((towardsDue + tolerance) * BigInt(roles[i].weight)) / BigInt(roles.at(-1).weight);
    assert.equal(BigInt(stated), entitled, party.organization);
    if (!reversed) assert.ok(BigInt(party.released_minor_units) <= entitled, party.organization);
    const promised =
      statement.project.state === 'CANCELLED' ? 0n : BigInt(party.due_minor_units) - BigInt(party.released_minor_units);
    assert.equal(BigInt(party.committed_minor_units), promised, party.organization);
  });
  return statement;
}

for (let run = 0; run < RUNS; ++run) {
  test(`project ${run} (${random.note})`, async () => {
    const id = `random-${run}`;
    const tolerance = random.below(500n);
    const matching = [ROLES.FEDERAL, ROLES.STATE, ROLES.MUNICIPALITY].filter(
      (_, i) => i === 0 || random.below(2n) === 0n,
    );
    const roles = [...matching, ROLES.CLUB].map((role) => {
      const steps = [
        ...new Set(Array.from({ length: Number(random.below(4n)) }, () => Number(between(1n, 9_999n)))),
      ].sort((a, b) => a - b);
      return {
        ...role,
        weight: between(1n, 60n).toString(),
        ...(role.club_money ? {} : { cumulative_bps: [...steps, 10000] }),
      };
    });
    await world.publishRule(id, roles, { tolerance_minor_units: tolerance.toString() });
    const total = between(100n, 10n ** between(4n, 13n));
    await world.agree(id, id, total, roles);

    let deposits = 0;
    let reversed = false;
    const step = {
      deposit: async () => {
        const { lines } = await world.statement(id);
        const due = BigInt(lines.at(-1).party.due_minor_units);
        return world.deposit(id, `deposit-${++deposits}`, between(1n, due / 2n + 2n));
      },
      release: async (k) => {
        const { role } = matching[Number(random.below(BigInt(matching.length)))];
        const { project } = await world.statement(id);
        const open = project.tranches.find(
          (tranche) =>
            tranche.party.endsWith(`/${FILLS[role]}`) && tranche.released_minor_units !== tranche.amount_minor_units,
        );
        if (open === undefined) return undefined;
        const amount = random.below(2n) === 0n ? undefined : between(1n, BigInt(open.amount_minor_units));
        return world.release(id, role, open.ordinal, `release-${k}`, amount);
      },
      spend: async (k) => {
        const box = BigInt((await world.statement(id)).box_minor_units);
        return world.spend(id, `invoice-${k}`, between(1n, box + 1n));
      },
      interest: (k) => world.interest(id, `interest-${k}`, between(1n, 1000n)),
      reverse: async (k) => {
        const parent = `projects/${id}`;
        const { ledger } = world.as(OFFICE);
        const targets = [
          ...(await ledger.ListContributions({ parent, filter: 'state = VERIFIED' })).contributions,
          ...(await ledger.ListReleases({ parent, filter: 'state = RECEIVED' })).releases,
          ...(await ledger.ListExpenditures({ parent, filter: 'state = RECORDED' })).expenditures,
          ...(await ledger.ListRepayments({ parent, filter: 'state = RECORDED' })).repayments,
          ...(await ledger.ListInterests({ parent, filter: 'state = RECORDED' })).interests,
        ];
        if (targets.length === 0) return undefined;
        const target = targets[Number(random.below(BigInt(targets.length)))].name;
        const request = {
          request_id: requestId(),
          parent,
          proposal_id: `reverse-${k}`,
          target,
          bank_value_date: day(-1),
          documents: [evidence('BANK_RECEIPT')],
          reason: { text: 'Devuelto.' },
        };
        await world.as(VERIFIER).ledger.ProposeReversal(request);
        reversed ||= !/expenditures|interests/.test(target);
        return world.approveProposal(id, `reverse-${k}`);
      },
      repay: async (k) => {
        const { project } = await world.statement(id);
        const debtor = project.parties.find((party) => party.receivable_minor_units !== '0');
        if (debtor === undefined) return undefined;
        const amount =
          random.below(2n) === 0n
            ? BigInt(debtor.receivable_minor_units)
            : between(1n, BigInt(debtor.receivable_minor_units));
        return world.as(VERIFIER).ledger.RecordRepayment({
          request_id: requestId(),
          parent: project.name,
          repayment_id: `repayment-${k}`,
          repayment: {
            party: debtor.organization,
            amount: money(amount),
            bank_value_date: day(-1),
            evidence: [evidence('BANK_RECEIPT')],
          },
          account: accountOf(id),
        });
      },
    };
    // Every other project has no reversals: there the bound must hold to the end.
    const kinds = [
      'deposit',
      'deposit',
      'release',
      'release',
      'release',
      'spend',
      'spend',
      'interest',
      ...(run % 2 === 0 ? [] : ['reverse', 'repay', 'repay']),
    ];
    await step.deposit();
    for (let k = 0; k < STEPS; ++k) {
      if ((await world.getProject(id)).state === 'FUNDING')
        await attempt(() => world.step('AuthorizeProject', id, OFFICE));
      const kind = kinds[Number(random.below(BigInt(kinds.length)))];
      await attempt(() => step[kind](k));
      if (k % 8 === 0) await checkProject(id, roles, tolerance, reversed);
    }
    // Who owes repays, for refunds wait for what is owed; and one more deposit, so that there is something to refund.
    for (const party of (await world.getProject(id)).parties) {
      if (BigInt(party.receivable_minor_units) === 0n) continue;
      await world.as(VERIFIER).ledger.RecordRepayment({
        request_id: requestId(),
        parent: `projects/${id}`,
        repayment_id: `all-of-${party.organization.split('/')[1]}`,
        repayment: {
          party: party.organization,
          amount: money(BigInt(party.receivable_minor_units)),
          bank_value_date: day(-1),
          evidence: [evidence('BANK_RECEIPT')],
        },
        account: accountOf(id),
      });
    }
    await step.deposit();
    const before = await checkProject(id, roles, tolerance, reversed);

    // The end: what is unspent goes back by the cash each paid in, to the last unit.
    await world.cancel(id);
    await world.apportion(id);
    const paidIn = before.project.parties.map(
      (party) => BigInt(party.paid_in_minor_units) - BigInt(party.taken_back_minor_units),
    );
    const unspent = sum(before.project.parties.map((party) => party.left_minor_units));
    const interest = BigInt(before.project.interest_minor_units);
    const apportioned = await checkProject(id, roles, tolerance, reversed);
    const payable = column(apportioned, 'payable_minor_units');
    const yields = column(apportioned, 'interest_minor_units');
    assert.equal(sum(payable), unspent + interest);
    assert.equal(sum(yields), interest);
    payable.forEach((amount, i) => {
      for (const [part, whole] of [
        [amount - yields[i], unspent],
        [yields[i], interest],
      ]) {
        const off = part * sum(paidIn) - whole * paidIn[i];
        assert.ok(-sum(paidIn) < off && off < sum(paidIn), `${random.note} run ${run}`);
      }
    });
    for (const [i, party] of apportioned.project.parties.entries()) {
      if (payable[i] > 0n) await world.payRefund(id, party.organization.split('/')[1]);
    }
    const ended = await checkProject(id, roles, tolerance, reversed);
    assert.equal(ended.box_minor_units, '0');
    assert.equal(sum(paidIn), BigInt(ended.spent_minor_units) + BigInt(ended.refunded_minor_units));

    const rows = await world.as(OFFICE).audit.TraceProject({ name: `projects/${id}` });
    const of = (kind) => sum(rows.filter((row) => row.kind === kind).map((row) => row.amount.minor_units));
    assert.equal(of('SPENT'), BigInt(ended.spent_minor_units));
    assert.equal(of('REFUNDED'), BigInt(ended.refunded_minor_units));
    assert.equal(of('TAKEN_BACK'), sum(ended.project.parties.map((party) => party.taken_back_minor_units)));
    assert.equal(of('EQUALISED'), 0n);
    assert.equal(of('LEFT'), 0n);
  });
}
