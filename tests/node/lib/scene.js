// A small world of organisations, and the steps of a project's life as calls of the public interface.
'use strict';

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { Api, CallError, requestId } = require('./api');
const { Server } = require('./server');

// Whole minor units of a decimal amount: minor('1,413,734.00') is 141373400n.
function minor(text) {
  const match = /^(-?)([0-9,]+)\.([0-9]{2})$/.exec(text);
  assert.ok(match, `not an amount: ${text}`);
  const units = BigInt(match[2].replaceAll(',', '') + match[3]);
  return match[1] === '-' ? -units : units;
}

const money = (minorUnits, currency = 'MXN') => ({ currency_code: currency, minor_units: String(minorUnits) });
const sum = (amounts) => amounts.reduce((total, amount) => total + BigInt(amount), 0n);
const evidence = (type) => ({ type, salted_sha256: crypto.randomBytes(32), size_bytes: '1024' });
// A day in the programmes' time, six hours behind UTC: today is never in their future.
const day = (offset) => new Date(Date.now() - 6 * 3_600_000 + offset * 86_400_000).toISOString().slice(0, 10);
const organization = (id) => `organizations/${id}`;

// The call must fail, with this reason and code; returns the error for a closer look.
async function refused(call, code, reason) {
  let error;
  try {
    await call;
  } catch (caught) {
    error = caught;
  }
  assert.ok(error instanceof CallError, error ? error.stack : `expected ${reason}, but the call went through`);
  assert.equal(`${error.code} ${error.reason}`, `${code} ${reason}`, error.message);
  assert.equal(error.domain, 'oriundo');
  assert.equal(new Set(error.detailTypes).size, error.detailTypes.length, 'each type of detail at most once');
  return error;
}

const FEDERAL = {
  role: 'federal',
  kinds: ['FEDERAL_GOVERNMENT'],
  weight: '1',
  pooled: true,
  release_mode: 'PARTIAL',
  cumulative_bps: [5000, 10000],
};
const STATE = {
  role: 'state',
  kinds: ['STATE_GOVERNMENT'],
  weight: '1',
  release_mode: 'PARTIAL',
  cumulative_bps: [10000],
};
const MUNICIPALITY = {
  role: 'municipality',
  kinds: ['MUNICIPAL_GOVERNMENT'],
  weight: '1',
  release_mode: 'PARTIAL',
  cumulative_bps: [10000],
};
const CLUB = { role: 'club', kinds: ['CLUB', 'FEDERATION'], weight: '1', club_money: true };
const ROLES = { FEDERAL, STATE, MUNICIPALITY, CLUB };

// The organisation that fills each role unless a test says otherwise.
const FILLS = { federal: 'federation-mx', state: 'state-yucatan', municipality: 'town-tekax', club: 'club-tekax' };

const OFFICE = 'sedesol/rules';
const VERIFIER = 'bank-check/reader';
const CLUB_TREASURER = 'club-tekax/treasurer';
const FEDERATION = 'federation-la/secretary';
const CONSULATE = 'consulate-la/registrar';
const EXECUTOR = 'builder/site';
const ADMINISTRATOR = 'administrator/root';
// The one bank account of a project: each has one of its own.
const accountOf = (project) => ({ number: `MX${crypto.createHash('sha256').update(project).digest('hex').slice(0, 16).toUpperCase()}` });
const YEAR = 2014;
// The day that the agreements bear: published figures are older than their record here.
const AGREED_ON = `${YEAR}-01-02`;
const PROGRAM = 'programs/mx-3x1';

class World {
  // A served ledger with a programme office, a consulate, a federation, a registered club, governments, a verifier and an
  // executor.
  static async create() {
    const world = new World();
    world.server = await Server.start();
    world.api = new Api(world.server.address);
    await world.#populate();
    return world;
  }

  as(who) {
    return this.api.as(who);
  }

  async close() {
    this.api.close();
    try {
      await this.server.stop();
      this.server.check();
    } finally {
      this.server.remove();
    }
  }

  async restart() {
    this.api.close();
    await this.server.stop();
    await this.server.serve();
    this.api = new Api(this.server.address);
  }

  createOrganization(who, id, kind, country = 'MX', parent = '') {
    return this.as(who).directory.CreateOrganization({
      request_id: requestId(),
      organization_id: id,
      organization: { kind, display_name: `Test ${id}`, country_code: country, parent: parent && organization(parent) },
    });
  }

  // A renewal says why: `cause`.
  register(who, id, validFrom = day(-30), validTo = day(700), cause = undefined) {
    return this.as(who).directory.RegisterOrganization({
      request_id: requestId(),
      name: organization(id),
      registration: { folio: `LA-${id.toUpperCase()}`, valid_from: validFrom, valid_to: validTo, cause },
    });
  }

  async #populate() {
    await this.createOrganization(ADMINISTRATOR, 'sedesol', 'PROGRAM_OFFICE');
    await this.createOrganization(ADMINISTRATOR, 'consulate-la', 'CONSULATE', 'US');
    await this.createOrganization(ADMINISTRATOR, 'federation-mx', 'FEDERAL_GOVERNMENT');
    await this.createOrganization(ADMINISTRATOR, 'state-yucatan', 'STATE_GOVERNMENT');
    await this.createOrganization(ADMINISTRATOR, 'town-tekax', 'MUNICIPAL_GOVERNMENT');
    await this.createOrganization(ADMINISTRATOR, 'bank-check', 'VERIFIER');
    await this.createOrganization(ADMINISTRATOR, 'builder', 'EXECUTOR');
    await this.createOrganization(CONSULATE, 'federation-la', 'FEDERATION', 'US');
    await this.register(CONSULATE, 'federation-la');
    await this.createOrganization(FEDERATION, 'club-tekax', 'CLUB', 'US', 'federation-la');
    await this.register(FEDERATION, 'club-tekax');
    await this.as(OFFICE).program.CreateProgram({
      request_id: requestId(),
      program_id: 'mx-3x1',
      program: {
        office: organization('sedesol'),
        display_name: 'Programa 3x1 para Migrantes',
        currency_code: 'MXN',
        utc_offset_minutes: -360,
      },
    });
  }

  // Publishes a version of the programme's rule; `extra` overrides any field.
  publishRule(id, roles, extra = {}, parent = PROGRAM, office = OFFICE) {
    return this.as(office).program.PublishRuleVersion({
      request_id: requestId(),
      parent,
      rule_version_id: id,
      rule_version: {
        fiscal_year_first: YEAR,
        fiscal_year_last: YEAR,
        roles,
        tolerance_minor_units: '100',
        share_base: 'COMMITTED_TOTAL',
        categories: ['INFRASTRUCTURE', 'EQUIPMENT'],
        verifiers: [organization('bank-check')],
        document_requirements: [
          { step: 'SUBMISSION', type: 'TECHNICAL_FILE', categories: ['INFRASTRUCTURE'] },
          { step: 'HANDOVER', type: 'HANDOVER_RECORD' },
        ],
        ...extra,
      },
    });
  }

  createPool(budget, funder = 'federation-mx', year = YEAR, parent = PROGRAM) {
    return this.as(`${funder}/budget`).program.CreatePool({
      request_id: requestId(),
      parent,
      pool: { funder: organization(funder), fiscal_year: year, budget_minor_units: String(budget) },
    });
  }

  increasePool(amount, funder = 'federation-mx') {
    return this.as(`${funder}/budget`).program.IncreasePoolBudget({
      request_id: requestId(),
      name: `${PROGRAM}/pools/${funder}-${YEAR}`,
      increase: money(amount),
    });
  }

  preview(version, total, confirmed = []) {
    return this.as(OFFICE).program.PreviewShares({
      rule_version: `${PROGRAM}/versions/${version}`,
      total: money(total),
      confirmed_minor_units: confirmed.map(String),
    });
  }

  draft(version, total, roles, extra = {}) {
    return {
      program: PROGRAM,
      rule_version: `${PROGRAM}/versions/${version}`,
      fiscal_year: YEAR,
      title: 'Camino de la prueba',
      category: 'INFRASTRUCTURE',
      locality_code: '310790001',
      club: organization('club-tekax'),
      executor: organization('builder'),
      total_minor_units: String(total),
      parties: roles.map(({ role }) => ({ role, organization: organization(FILLS[role]) })),
      ...extra,
    };
  }

  createProject(id, project, who = CLUB_TREASURER) {
    return this.as(who).project.CreateProject({ request_id: requestId(), project_id: id, project });
  }

  // One of the methods that take a name and little else.
  step(method, id, who, rest = {}) {
    return this.as(who).project[method]({ request_id: requestId(), name: `projects/${id}`, ...rest });
  }

  submit(id) {
    return this.step('SubmitProject', id, CLUB_TREASURER, { documents: [evidence('TECHNICAL_FILE')] });
  }

  // From draft to approved.
  async approve(id, version, total, roles, extra) {
    await this.createProject(id, this.draft(version, total, roles, extra));
    await this.submit(id);
    await this.step('PrevalidateProject', id, OFFICE);
    return this.step('ApproveProject', id, OFFICE, { documents: [evidence('SESSION_MINUTES')] });
  }

  // From draft to the agreement that every funder and the executor signed.
  async agree(id, version, total, roles, extra) {
    let project = await this.approve(id, version, total, roles, extra);
    const signers = new Set([...project.parties.map((party) => party.organization), project.executor]);
    for (const signer of signers) {
      const who = `${signer.split('/')[1]}/legal`;
      project = await this.step('SignAgreement', id, who, {
        account: accountOf(id),
        agreement_date: AGREED_ON,
        documents: [evidence('AGREEMENT')],
      });
    }
    assert.equal(project.state, 'AGREED');
    return project;
  }

  declare(project, id, amount, { who = CLUB_TREASURER, party = 'club-tekax', currency = 'MXN', ...rest } = {}) {
    return this.as(who).ledger.DeclareContribution({
      request_id: requestId(),
      parent: `projects/${project}`,
      contribution_id: id,
      contribution: { party: organization(party), declared: money(amount, currency), ...rest },
    });
  }

  verify(project, id, amount, { who = VERIFIER, currency = 'MXN', account = accountOf(project), date = day(-1), ...rest } = {}) {
    return this.as(who).ledger.VerifyContribution({
      request_id: requestId(),
      name: `projects/${project}/contributions/${id}`,
      credited: money(amount, currency),
      bank_value_date: date,
      account,
      documents: [evidence('BANK_RECEIPT')],
      ...rest,
    });
  }

  // Declared by its party, verified as credited.
  async deposit(project, id, amount, options = {}) {
    await this.declare(
      project,
      id,
      amount,
      options.party ? { party: options.party, who: `${options.party}/treasurer` } : {},
    );
    return this.verify(project, id, amount);
  }

  propose(project, role, ordinal, id, amount, who = `${FILLS[role]}/budget`) {
    return this.as(who).ledger.ProposeRelease({
      request_id: requestId(),
      parent: `projects/${project}`,
      proposal_id: `propose-${id}`,
      tranche: `projects/${project}/tranches/${FILLS[role]}-${ordinal}`,
      release_id: id,
      ...(amount === undefined ? {} : { amount: money(amount) }),
    });
  }

  approveProposal(project, proposal, who = OFFICE) {
    return this.as(who).ledger.ApproveProposal({
      request_id: requestId(),
      name: `projects/${project}/proposals/${proposal}`,
    });
  }

  receive(project, id, amount, who = VERIFIER) {
    return this.as(who).ledger.ReceiveRelease({
      request_id: requestId(),
      name: `projects/${project}/releases/${id}`,
      credited: money(amount),
      bank_value_date: day(-1),
      account: accountOf(project),
      documents: [evidence('BANK_RECEIPT')],
    });
  }

  // Proposed by the payer, approved by the office, received at the bank; returns what was released. Without an amount:
  // all that may go.
  async release(project, role, ordinal, id, amount) {
    const proposal = await this.propose(project, role, ordinal, id, amount);
    const asked = proposal.release.amount.minor_units;
    await this.approveProposal(project, `propose-${id}`);
    await this.receive(project, id, asked);
    return BigInt(asked);
  }

  spend(project, id, amount, { who = EXECUTOR, currency = 'MXN', ...rest } = {}) {
    return this.as(who).ledger.RecordExpenditure({
      request_id: requestId(),
      parent: `projects/${project}`,
      expenditure_id: id,
      expenditure: {
        amount: money(amount, currency),
        category: 'WORKS',
        payment_date: day(-1),
        vendor_name: 'Materiales de la prueba, S.A.',
        evidence: [evidence('INVOICE')],
        ...rest,
      },
    });
  }

  interest(project, id, amount) {
    return this.as(VERIFIER).ledger.RecordInterest({
      request_id: requestId(),
      parent: `projects/${project}`,
      interest_id: id,
      interest: { amount: money(amount), bank_value_date: day(-1), evidence: [evidence('BANK_RECEIPT')] },
      account: accountOf(project),
    });
  }

  // The verifier proposes to reverse `target` (`refunds/refund-club`), the office approves.
  async reverse(project, id, target) {
    await this.as(VERIFIER).ledger.ProposeReversal({
      request_id: requestId(),
      parent: `projects/${project}`,
      proposal_id: id,
      target: `projects/${project}/${target}`,
      bank_value_date: day(-1),
      documents: [evidence('BANK_RECEIPT')],
      reason: { text: 'Devuelto por el banco.' },
    });
    return this.approveProposal(project, id);
  }

  cancel(project) {
    return this.step('CancelProject', project, OFFICE, { reason: { text: 'La obra no sigue.' } });
  }

  apportion(project) {
    return this.as(OFFICE).ledger.ApportionRefunds({ request_id: requestId(), parent: `projects/${project}` });
  }

  payRefund(project, party, id = `refund-${party}`) {
    return this.as(VERIFIER).ledger.PayRefund({
      request_id: requestId(),
      parent: `projects/${project}`,
      refund_id: id,
      refund: { party: organization(party), payment_date: day(-1), evidence: [evidence('BANK_RECEIPT')] },
    });
  }

  // Reported, inspected and handed over.
  async finish(project) {
    await this.step('ReportCompletion', project, EXECUTOR, {
      quantity_milli: '5200000',
      documents: [evidence('PROGRESS_REPORT')],
    });
    await this.step('ConfirmCompletion', project, CLUB_TREASURER, {
      quantity_milli: '5200000',
      documents: [evidence('PHOTOGRAPH')],
    });
    await this.step('SignHandover', project, EXECUTOR, { documents: [evidence('HANDOVER_RECORD')] });
    return this.step('SignHandover', project, CLUB_TREASURER, { documents: [evidence('HANDOVER_RECORD')] });
  }

  statement(project, knownAt) {
    return this.as(OFFICE).ledger.GetProjectStatement({ name: `projects/${project}`, known_at: knownAt });
  }

  getProject(project) {
    return this.as(OFFICE).project.GetProject({ name: `projects/${project}` });
  }

  // Every page of a list, put together.
  async listAll(service, method, rows, request) {
    const all = [];
    let token = '';
    do {
      const page = await this.as(OFFICE)[service][method]({ ...request, page_token: token });
      all.push(...page[rows]);
      token = page.next_page_token;
    } while (token !== '');
    return all;
  }
}

// One field of all lines of a statement, as BigInt.
const column = (statement, field) => statement.lines.map((line) => BigInt(line[field] ?? line.party[field]));

// What holds of every project at every moment: its money is somewhere, once.
async function checkBooks(world, id) {
  const statement = await world.statement(id);
  const { project } = statement;
  const of = (field) => sum(project.parties.map((party) => party[field]));
  for (const party of project.parties) {
    const amount = (field) => BigInt(party[`${field}_minor_units`]);
    assert.equal(
      amount('paid_in'),
      amount('spent') +
        amount('refunded') +
        amount('taken_back') +
        amount('equalised') +
        amount('payable') -
        amount('interest') +
        amount('left'),
      `${party.organization} of ${id}`,
    );
    assert.ok(amount('left') >= 0n && amount('payable') >= 0n, `${party.organization} of ${id}`);
  }
  assert.equal(of('equalised_minor_units'), 0n);
  // Invoices document what is retained before it is paid, and advances are paid before they are documented.
  const paidOut =
    BigInt(statement.spent_minor_units) - BigInt(statement.retained_minor_units) + BigInt(statement.advance_open_minor_units);
  assert.equal(of('spent_minor_units'), paidOut);
  assert.equal(of('refunded_minor_units'), BigInt(statement.refunded_minor_units));
  // paid in = spent + refunded + box, the box without the bank's interest.
  const interest = BigInt(project.interest_minor_units) + of('interest_minor_units');
  assert.equal(
    of('paid_in_minor_units') - of('taken_back_minor_units'),
    paidOut + BigInt(statement.refunded_minor_units) + BigInt(statement.box_minor_units) - interest,
  );
  const balances = await world.listAll('ledger', 'ListBalances', 'balances', {
    parent: `projects/${id}`,
    page_size: 5,
  });
  assert.equal(sum(balances.map((balance) => balance.minor_units)), 0n, 'the accounts add up to zero');
  const bank = balances.find((balance) => balance.account === `assets:${id}:bank`);
  assert.equal(BigInt(bank?.minor_units ?? 0), BigInt(statement.box_minor_units));
  return statement;
}

module.exports = {
  World,
  ROLES,
  FILLS,
  PROGRAM,
  YEAR,
  accountOf,
  OFFICE,
  VERIFIER,
  CLUB_TREASURER,
  FEDERATION,
  CONSULATE,
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
};
