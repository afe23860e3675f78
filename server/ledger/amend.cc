#include "server/ledger/amend.h"

#include <algorithm>
#include <set>
#include <utility>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/chart.h"
#include "server/ledger/fold.h"
#include "server/ledger/pool_parts.h"
#include "server/ledger/rule_shares.h"
#include "server/rules/tranche.h"

namespace oriundo {
namespace {

using v1::AmendmentTerms;
using v1::Project;

// Works out one amendment. Each step looks at one kind of change; what is at fault goes to `faults_`, and the steps that need it right stop.
class Amender {
 public:
  Amender(Context& context, const ProjectContext& loaded, const AmendmentTerms& terms, Amended& amended, Draft& draft,
          std::vector<Violation>& faults)
      : context_(context),
        loaded_(loaded),
        before_(*loaded.project),
        rule_(*loaded.rule),
        terms_(terms),
        amended_(amended),
        after_(amended.project),
        draft_(draft),
        faults_(faults) {}

  void Run() {
    after_ = before_;
    CheckOnce();
    ReplaceParties();
    SetDues();
    SetExecutor();
    SetCommittee();
    SetScope();
    SetDates();
    SetAccount();
    if (!faults_.empty()) return;
    if (after_.SerializeAsString() == before_.SerializeAsString()) {
      return Add(v1::AMENDMENT_CHANGES_NOTHING, before_.name(), "the agreement of " + before_.name() + " says all this already",
                 {{"case", "SAME"}});
    }
    SetTotal();
    if (!faults_.empty()) return;
    CheckNotBelowGiven();
    CheckPeople();
    if (!faults_.empty()) return;
    NameSigners();
    CutTranches();
    Commit();
    CountMatching();
  }

 private:
  void Add(v1::ErrorReason reason, const std::string& subject, std::string description, Metadata metadata = {}) {
    faults_.push_back(MakeViolation(reason, subject, std::move(description), std::move(metadata)));
  }
  void AddIfAny(std::optional<Violation> violation) {
    if (violation.has_value()) faults_.push_back(*std::move(violation));
  }
  std::string Money(int64_t minor_units) const { return Amount(minor_units, before_.currency_code()); }

  const v1::FunderRole& RoleOf(const v1::Party& party) const { return *FindRole(rule_, party.role()); }
  bool PaysForClubs(const v1::Party& party) const { return RoleOf(party).club_money(); }
  bool PaysInTranches(const v1::Party& party) const { return !PaysForClubs(party); }
  // What the party has given of its due, or is about to.
  int64_t GivenBy(const v1::Party& party) const {
    if (PaysInTranches(party)) return party.released_minor_units() + party.proposed_minor_units();
    // What counted in kind of who was replaced does not follow its due any more.
    return party.verified_minor_units() + (party.replaced_by().empty() ? 0 : party.in_kind_counted_minor_units());
  }
  const v1::Organization* Require(const std::string& name, const char* field) {
    const v1::Organization* organization = context_.state.Find<v1::Organization>(name);
    if (organization == nullptr) {
      Add(v1::ORGANIZATION_NOT_FOUND, name, std::string(field) + ": there is no organisation " + name, {{"name", name}});
    } else {
      AddIfAny(MergedProblem(*organization));
    }
    return organization;
  }

  // Nothing is said of one thing twice.
  void CheckOnce() {
    std::set<std::string> seen;
    const auto once = [&](const std::string& kind, const std::string& name) {
      if (seen.insert(kind + name).second) return;
      Add(v1::AMENDMENT_CHANGES_NOTHING, name, kind + name + " is named twice",
          {{"name", name}, {"case", "NAMED_TWICE"}});
    };
    for (const auto& due : terms_.dues()) once("the due of ", due.organization());
    for (const auto& replacement : terms_.replacements()) {
      once("the place of ", replacement.organization());
      once("the successor ", replacement.successor());
    }
    for (const auto& due_date : terms_.due_dates()) once("the date of ", due_date.tranche());
  }

  // Who leaves owes what it has given, who joins the rest.
  void ReplaceParties() {
    for (const AmendmentTerms::Replacement& replacement : terms_.replacements()) {
      // Of those that the agreement has: who only joins by this amendment is not replaced by it as well.
      const int index = PartyIndex(before_, replacement.organization());
      if (index < 0) {
        Add(v1::PARTY_NOT_FOUND, replacement.organization(), replacement.organization() + " does not fund " + before_.name(),
            {{"party", replacement.organization()}});
        continue;
      }
      const v1::Party leaving = after_.parties(index);
      if (!leaving.replaced_by().empty()) {
        AddIfAny(ReplacedProblem(leaving));
        continue;
      }
      CheckLeaving(leaving);
      v1::Party joining;
      joining.set_role(leaving.role());
      joining.set_organization(replacement.successor());
      CheckJoining(leaving, joining);
      // Of a club also what counted in kind: it covered its part of the due, and goes on doing so.
      const int64_t given = PaysInTranches(leaving) ? leaving.released_minor_units()
                                                    : std::min(leaving.due_minor_units(), leaving.verified_minor_units() +
                                                                                              leaving.in_kind_counted_minor_units());
      joining.set_due_minor_units(leaving.due_minor_units() - given);
      joining.set_tolerance_minor_units(leaving.tolerance_minor_units());
      joining.set_replaces(leaving.organization());
      after_.mutable_parties(index)->set_due_minor_units(given);
      after_.mutable_parties(index)->set_replaced_by(replacement.successor());
      *after_.add_parties() = joining;
      if (after_.club() == leaving.organization()) after_.set_club(replacement.successor());
      FixFederation(joining);
    }
    if (after_.parties_size() > kPartiesPerProjectMax) {
      Add(v1::ROLE_MISMATCH, "parties", "a project has at most " + std::to_string(kPartiesPerProjectMax) +
              " parties, those replaced included",
          {{"case", "TOO_MANY_PARTIES"}, {"maximum", std::to_string(kPartiesPerProjectMax)}});
    }
  }

  // As a submission does: a club that joins belongs, for this project, to the federation that it has now.
  void FixFederation(const v1::Party& joining) {
    const v1::Organization* club = context_.state.Find<v1::Organization>(joining.organization());
    if (club == nullptr || club->kind() != v1::CLUB || !PaysForClubs(joining)) return;
    const std::string federation = AboveOf(context_, *club);
    const auto& known = before_.club_federations();
    const bool fixed = std::any_of(known.begin(), known.end(), [&](const v1::ClubFederation& one) {
      return StandsFor(context_, one.club()) == joining.organization();
    });
    if (federation.empty() || fixed) return;
    v1::ClubFederation& added = *after_.add_club_federations();
    added.set_club(joining.organization());
    added.set_federation(federation);
    draft_.Input(kClubFederationInput, after_.parties_size() - 1, federation);
  }

  // Nothing of it is left undecided, or two would answer for it. Nor does it go while a freeze of its money is undecided: replacing it
  // would let the money out.
  void CheckLeaving(const v1::Party& party) {
    AddIfAny(FrozenAsProblem(context_, party.organization(), {v1::Organization::SUSPENDED, v1::Organization::DISPUTED}));
    CheckNoOpenRelease(before_, party, faults_);
    if (party.declared_minor_units() != 0) {
      Add(v1::BALANCE_NOT_ZERO, party.organization(),
          party.organization() + " has declared " + Money(party.declared_minor_units()) +
              " that nobody has verified; have it verified or rejected, or withdraw it",
          {{"party", party.organization()},
           {"minor_units", std::to_string(party.declared_minor_units())},
           {"case", "DECLARED"}});
    }
    if (party.in_kind_declared_minor_units() != 0) {
      Add(v1::BALANCE_NOT_ZERO, party.organization(),
          party.organization() + " has declared " + Money(party.in_kind_declared_minor_units()) +
              " in kind that nobody has appraised; have it appraised or rejected, or withdraw it",
          {{"party", party.organization()},
           {"minor_units", std::to_string(party.in_kind_declared_minor_units())},
           {"case", "DECLARED_IN_KIND"}});
    }
    if (party.receivable_minor_units() != 0) {
      Add(v1::RECEIVABLE_OPEN, party.organization(),
          party.organization() + " owes " + Money(party.receivable_minor_units()) + " back to " + before_.name() +
              "; it is replaced once that is repaid",
          {{"party", party.organization()},
           {"receivable_minor_units", std::to_string(party.receivable_minor_units())},
           {"case", "LEAVING"},
           {"project", before_.name()}});
    }
  }

  void CheckJoining(const v1::Party& leaving, const v1::Party& joining) {
    const v1::Organization* organization = Require(joining.organization(), "terms.replacements");
    if (FindParty(after_, joining.organization()) != nullptr) {
      Add(v1::ROLE_MISMATCH, joining.organization(),
          joining.organization() + " is a party already; change the dues to let it take over what " + leaving.organization() +
              " owes",
          {{"case", "PARTY_ALREADY"}, {"party", joining.organization()}, {"leaving", leaving.organization()}});
    }
    if (organization == nullptr) return;
    CheckFiller(context_, rule_, joining, faults_);
    // It may have verified money of this project.
    if (IsNamedVerifier(rule_, organization->name())) {
      Add(v1::ROLE_MISMATCH, organization->name(),
          "terms.replacements: " + organization->name() + " is named verifier by " + rule_.name() + " and takes nobody's place",
          {{"case", "PARTY_VERIFIES"}, {"organization", organization->name()}, {"rule_version", rule_.name()}});
    }
    if (HasCapOver(rule_, v1::CumulativeCap::FEDERATION_YEAR) && PaysForClubs(joining) && organization->kind() == v1::CLUB) {
      AddIfAny(FederationProblem(context_, rule_, *organization));
    }
    if (before_.club() == leaving.organization() && organization->kind() != v1::CLUB) {
      Add(v1::ROLE_MISMATCH, organization->name(),
          organization->name() + " is no CLUB and cannot take the place of " + before_.club() + ", whose project this is",
          {{"case", "NO_CLUB_SUCCESSOR"}, {"organization", organization->name()}, {"club", before_.club()}});
    }
    if (terms_.committee().empty() && before_.committee() == organization->name()) {
      Add(v1::ROLE_MISMATCH, organization->name(), organization->name() +
              " inspects the works as committee and cannot pay for them as well",
          {{"case", "COMMITTEE_PAYS"}, {"committee", organization->name()}});
    }
  }

  void SetDues() {
    for (const AmendmentTerms::PartyDue& due : terms_.dues()) {
      const int index = PartyIndex(after_, due.organization());
      if (auto refusal = RequireAmount(due.due_minor_units(), "terms.dues.due_minor_units", 0)) faults_.push_back(refusal->violations.front());
      if (index < 0) {
        Add(v1::PARTY_NOT_FOUND, due.organization(), due.organization() + " does not fund " + before_.name(), {{"party", due.organization()}});
      } else if (!after_.parties(index).replaced_by().empty() && due.due_minor_units() > after_.parties(index).due_minor_units()) {
        AddIfAny(ReplacedProblem(after_.parties(index)));
      } else if (const v1::Party* was = FindParty(before_, due.organization());
                 !after_.parties(index).replaced_by().empty() && was != nullptr && was->replaced_by().empty() &&
                 due.due_minor_units() < after_.parties(index).due_minor_units()) {
        // Who leaves by these very terms owes what it has given, neither more nor less.
        AddBelowGiven(due.organization(), after_.parties(index).due_minor_units(), due.due_minor_units());
      } else {
        // Of who was replaced money may have been taken back since: what it does not give any more somebody else may take over.
        after_.mutable_parties(index)->set_due_minor_units(due.due_minor_units());
      }
    }
    if (terms_.has_total_minor_units()) {
      if (auto refusal = RequireAmount(terms_.total_minor_units(), "terms.total_minor_units")) faults_.push_back(refusal->violations.front());
      after_.set_total_minor_units(terms_.total_minor_units());
    }
  }

  // With another total the rule divides it anew; without one each role owes what it did.
  void SetTotal() {
    if (after_.total_minor_units() == before_.total_minor_units()) {
      for (const v1::FunderRole& role : rule_.roles()) {
        const int64_t was = RoleDue(before_, role.role());
        const int64_t is = RoleDue(after_, role.role());
        if (was == is) continue;
        Add(v1::SHARES_DO_NOT_ADD_UP, role.role(),
            "the parties of the role `" + role.role() + "` would owe " + Money(is) + " together; the role owes " + Money(was) +
                " of an unchanged total, a difference of " + Money(was - is),
            {{"role", role.role()}, {"sum_minor_units", std::to_string(is)}, {"role_due_minor_units", std::to_string(was)}});
      }
      return;
    }
    const Division division = DivideByRule(rule_, after_.total_minor_units(), after_.absent_roles());
    for (int r = 0; r < rule_.roles_size(); ++r) LeaveRestToOne(rule_.roles(r).role(), division.dues[static_cast<std::size_t>(r)]);
    if (!faults_.empty()) return;
    const Dues dues = ComputeDues(after_, rule_, faults_);
    if (!faults_.empty()) return;
    for (int i = 0; i < after_.parties_size(); ++i) after_.mutable_parties(i)->set_due_minor_units(dues.parties[static_cast<std::size_t>(i)]);
    after_.clear_role_weights();
    for (const int64_t weight : dues.role_weights) after_.add_role_weights(weight);
    after_.set_requested_total_minor_units(dues.total == after_.total_minor_units() ? 0 : after_.total_minor_units());
    after_.set_total_minor_units(dues.total);
  }

  static int64_t RoleDue(const Project& project, const std::string& role) {
    int64_t sum = 0;
    for (const v1::Party& party : project.parties()) sum += party.role() == role ? party.due_minor_units() : 0;
    return sum;
  }

  // Where one party alone fills a role, but for those it replaced, its due need not be said.
  void LeaveRestToOne(const std::string& role, int64_t role_due) {
    v1::Party* alone = nullptr;
    int count = 0;
    int64_t others = 0;
    for (v1::Party& party : *after_.mutable_parties()) {
      if (party.role() != role) continue;
      if (!party.replaced_by().empty()) {
        others += party.due_minor_units();
        continue;
      }
      ++count;
      alone = &party;
    }
    if (count != 1) return;
    for (const AmendmentTerms::PartyDue& due : terms_.dues()) {
      if (due.organization() == alone->organization()) return;
    }
    if (role_due < others) {
      return Add(v1::AMENDMENT_BELOW_GIVEN, role,
                 "the role `" + role + "` would owe " + Money(role_due) + "; parties that were replaced have given " + Money(others) + " of it",
                 {{"role", role},
                  {"given_minor_units", std::to_string(others)},
                  {"asked_minor_units", std::to_string(role_due)},
                  {"case", "ROLE"}});
    }
    alone->set_due_minor_units(role_due - others);
  }

  void AddBelowGiven(const std::string& party, int64_t given, int64_t asked) {
    Add(v1::AMENDMENT_BELOW_GIVEN, party,
        party + " has given " + Money(given) + " and would owe " + Money(asked) + ", " + Money(given - asked) + " less",
        {{"party", party},
         {"given_minor_units", std::to_string(given)},
         {"asked_minor_units", std::to_string(asked)},
         {"case", "PARTY"}});
  }

  void CheckNotBelowGiven() {
    for (int i = 0; i < before_.parties_size(); ++i) {
      const v1::Party& was = before_.parties(i);
      const v1::Party& is = after_.parties(i);
      const int64_t given = GivenBy(was);
      // Who leaves by this amendment owes what it has given: SetDues lets nothing else be said of it.
      const bool leaves = !is.replaced_by().empty() && was.replaced_by().empty();
      if (leaves || is.due_minor_units() >= was.due_minor_units() || is.due_minor_units() >= given) continue;
      AddBelowGiven(is.organization(), given, is.due_minor_units());
    }
    const int64_t total = after_.total_minor_units();
    if (total < before_.total_minor_units() && total < before_.spent_minor_units()) {
      Add(v1::AMENDMENT_BELOW_GIVEN, before_.name(),
          Money(before_.spent_minor_units()) + " is spent; the total cannot become " + Money(total) + ", " +
              Money(before_.spent_minor_units() - total) + " less",
          {{"spent_minor_units", std::to_string(before_.spent_minor_units())},
           {"asked_minor_units", std::to_string(total)},
           {"case", "SPENT"}});
    }
  }

  // Looked at together with the parties and the executor that then are.
  void SetCommittee() {
    if (terms_.committee().empty()) return;
    Require(terms_.committee(), "terms.committee");
    after_.set_committee(terms_.committee());
    if (terms_.committee() != before_.committee() && IsNamedVerifier(rule_, terms_.committee())) {
      Add(v1::ROLE_MISMATCH, terms_.committee(),
          "terms.committee: " + terms_.committee() + " is named verifier by " + rule_.name() + " and inspects no works",
          {{"case", "COMMITTEE_VERIFIES"}, {"committee", terms_.committee()}, {"rule_version", rule_.name()}});
    }
    CheckCommittee(context_, after_, "terms.committee", faults_);
  }

  void SetExecutor() {
    if (terms_.executor().empty()) return;
    const v1::Organization* executor = Require(terms_.executor(), "terms.executor");
    if (terms_.executor() != before_.executor()) after_.add_former_executors(before_.executor());
    after_.set_executor(terms_.executor());
    if (executor == nullptr) return;
    // It may have verified money of this project.
    if (terms_.executor() != before_.executor() && IsNamedVerifier(rule_, executor->name())) {
      Add(v1::ROLE_MISMATCH, executor->name(),
          "terms.executor: " + executor->name() + " is named verifier by " + rule_.name() + " and takes over no works",
          {{"case", "EXECUTOR_VERIFIES"}, {"executor", executor->name()}, {"rule_version", rule_.name()}});
    }
    if (!MayExecute(executor->kind())) {
      Add(v1::ROLE_MISMATCH, executor->name(),
          "terms.executor: " + WithArticle(v1::OrganizationKind_Name(executor->kind())) + " may not execute works",
          {{"case", "EXECUTOR_KIND"}, {"kind", v1::OrganizationKind_Name(executor->kind())}});
    }
    // SetCommittee has looked at a new one.
    if (before_.committee().empty() || !terms_.committee().empty()) return;
    const v1::Organization* committee = context_.state.Find<v1::Organization>(before_.committee());
    if (before_.committee() == executor->name() || (committee != nullptr && committee->parent() == executor->name())) {
      Add(v1::ROLE_MISMATCH, executor->name(),
          "terms.executor: the committee " + before_.committee() + " inspects the works and is " + executor->name() +
              " or stands below it",
          {{"case", "EXECUTOR_ABOVE_COMMITTEE"}, {"committee", before_.committee()}, {"executor", executor->name()}});
    }
  }

  void SetScope() {
    if (terms_.category() != v1::PROJECT_CATEGORY_UNSPECIFIED) {
      after_.set_category(terms_.category());
      if (std::find(rule_.categories().begin(), rule_.categories().end(), terms_.category()) == rule_.categories().end()) {
        Add(v1::CATEGORY_NOT_ALLOWED, rule_.name(), rule_.name() + " does not pay for " +
                v1::ProjectCategory_Name(terms_.category()),
            {{"rule_version", rule_.name()}, {"category", v1::ProjectCategory_Name(terms_.category())}});
      }
    }
    if (!terms_.title_commitment().empty()) after_.set_title_commitment(terms_.title_commitment());
    if (terms_.has_planned_quantity_milli()) {
      const int64_t verified = std::max<int64_t>(1, before_.progress_quantity_milli());
      after_.set_planned_quantity_milli(terms_.planned_quantity_milli());
      if (terms_.planned_quantity_milli() < verified) {
        Add(v1::AMENDMENT_BELOW_GIVEN, "terms.planned_quantity_milli",
            std::to_string(before_.progress_quantity_milli()) + " thousandths are verified; " +
                std::to_string(terms_.planned_quantity_milli()) + " cannot be planned",
            {{"verified_quantity_milli", std::to_string(before_.progress_quantity_milli())},
             {"planned_quantity_milli", std::to_string(terms_.planned_quantity_milli())},
             {"case", "PLANNED"}});
      }
    }
    if (terms_.quantity_unit() == v1::QUANTITY_UNIT_UNSPECIFIED) return;
    after_.set_quantity_unit(terms_.quantity_unit());
    if (terms_.quantity_unit() != before_.quantity_unit() && before_.reported_quantity_milli() != 0) {
      Add(v1::AMENDMENT_BELOW_GIVEN, "terms.quantity_unit",
          std::to_string(before_.reported_quantity_milli()) +
              " thousandths are reported; what they count does not change any more",
          {{"case", "UNIT"}, {"reported_quantity_milli", std::to_string(before_.reported_quantity_milli())}});
    }
  }

  void SetAccount() {
    if (!terms_.has_account()) return;
    after_.set_account_commitment(terms_.account().number_commitment());
    AddIfAny(AccountFormProblem(*loaded_.rule, terms_.account()));
    AddIfAny(AccountInUse(context_, before_, terms_.account().use()));
  }

  void SetDates() {
    if (!terms_.works_start_date().empty()) after_.set_works_start_date(terms_.works_start_date());
    if (!terms_.works_end_date().empty()) after_.set_works_end_date(terms_.works_end_date());
    AddIfAny(WorksDatesProblem(after_, "terms.works_end_date"));
    for (const AmendmentTerms::DueDate& wanted : terms_.due_dates()) {
      v1::Tranche* tranche = nullptr;
      for (v1::Tranche& candidate : *after_.mutable_tranches()) {
        if (candidate.name() == wanted.tranche()) tranche = &candidate;
      }
      if (tranche == nullptr) {
        Add(v1::TRANCHE_NOT_FOUND, wanted.tranche(), "there is no tranche " + wanted.tranche() + " in " + before_.name(),
            {{"name", wanted.tranche()}});
        continue;
      }
      if (tranche->settled_minor_units() >= tranche->amount_minor_units()) {
        Add(v1::AMENDMENT_CHANGES_NOTHING, tranche->name(), tranche->name() + " is wholly received; no date is left to keep");
      }
      if (wanted.due_date() < before_.agreement_date()) {
        Add(v1::INVALID_FIELD, "terms.due_dates",
            tranche->name() + " cannot be due on " + wanted.due_date() + ", before the agreement of " + before_.agreement_date());
      }
      tranche->set_due_date(wanted.due_date());
    }
  }

  // Somebody may verify, somebody approve, and all are registered, as at the first agreement.
  void CheckPeople() {
    ProjectContext then = loaded_;
    then.project = &after_;
    const bool verifiable = std::any_of(rule_.verifiers().begin(), rule_.verifiers().end(), [&](const std::string& verifier) {
      return !VerifierFault(context_, after_, rule_, verifier, "").has_value();
    });
    if (!verifiable) {
      Add(v1::VERIFIER_NOT_INDEPENDENT, rule_.name(),
          "every verifier of the rule would execute, inspect or fund the project, or stand above or below one that does; nobody could "
          "confirm its money",
          {{"case", "NOBODY_LEFT"}, {"rule_version", rule_.name()}});
    }
    for (const v1::Party& party : after_.parties()) {
      if (party.replaced_by().empty()) CheckApprovable(then, party, faults_);
    }
    CheckRegistrations(context_, then, faults_);
  }

  void NameSigners() {
    std::vector<std::string>& signers = amended_.signers;
    const auto add = [&](const std::string& name) {
      if (std::find(signers.begin(), signers.end(), name) == signers.end()) signers.push_back(name);
    };
    for (int i = 0; i < after_.parties_size(); ++i) {
      const v1::Party& party = after_.parties(i);
      // Who left earlier is asked no more, and whose registration was revoked for good cannot be asked.
      if (i < before_.parties_size() && !before_.parties(i).replaced_by().empty()) continue;
      const v1::Organization* organization = context_.state.Find<v1::Organization>(party.organization());
      const bool revoked = organization != nullptr && organization->registration_state() == v1::Organization::REVOKED;
      if (!party.replaced_by().empty() && revoked) continue;
      add(party.organization());
    }
    // What is built, when, for how much, by whom, under whose eyes and from which account concerns who builds; who pays instead
    // of whom does not.
    const bool concerned = terms_.has_total_minor_units() || !terms_.executor().empty() || !terms_.committee().empty() ||
                           terms_.has_account() ||
                           !terms_.title_commitment().empty() || terms_.category() != v1::PROJECT_CATEGORY_UNSPECIFIED ||
                           terms_.has_planned_quantity_milli() || terms_.quantity_unit() != v1::QUANTITY_UNIT_UNSPECIFIED ||
                           !terms_.works_start_date().empty() || !terms_.works_end_date().empty() || !terms_.due_dates().empty();
    if (concerned) add(after_.executor());
  }

  // What was released stands; the rest follows the new dues.
  void CutTranches() {
    amended_.tranches.resize(static_cast<std::size_t>(after_.parties_size()));
    for (int i = 0; i < after_.parties_size(); ++i) {
      const v1::Party& party = after_.parties(i);
      if (!PaysInTranches(party)) continue;
      const v1::FunderRole& role = RoleOf(party);
      const bool joins = i >= before_.parties_size();
      const std::string& of = joins ? party.replaces() : party.organization();
      std::vector<int64_t> amounts;
      std::vector<int64_t> sent;
      std::vector<int64_t> open;
      std::size_t begun = 0;
      for (const v1::Tranche& tranche : before_.tranches()) {
        if (tranche.party() != of) continue;
        amounts.push_back(tranche.amount_minor_units());
        sent.push_back(tranche.released_minor_units() + tranche.proposed_minor_units());
        open.push_back(tranche.amount_minor_units() - tranche.released_minor_units());
        if (sent.back() > 0 || tranche.fee_minor_units() > 0) begun = amounts.size() - (UnsentOf(tranche) > 0 ? 1 : 0);
      }
      std::vector<int64_t>& cut = amended_.tranches[static_cast<std::size_t>(i)];
      if (!party.replaced_by().empty() && i < before_.parties_size() && before_.parties(i).replaced_by().empty()) {
        cut = sent;
        continue;
      }
      const std::vector<int32_t> steps(role.cumulative_bps().begin(), role.cumulative_bps().end());
      const std::vector<int64_t> nothing(open.size(), 0);
      cut = joins ? RecutCommitment(party.due_minor_units(), steps, open, nothing, begun)
                  : RecutCommitment(party.due_minor_units(), steps, amounts, sent, begun);
    }
  }

  // Reserves and frees the difference, and keeps over-match what exceeds the due.
  void Commit() {
    for (int i = 0; i < after_.parties_size(); ++i) {
      const v1::Party& is = after_.parties(i);
      const v1::Party* was = i < before_.parties_size() ? &before_.parties(i) : nullptr;
      const int64_t change = is.due_minor_units() - (was == nullptr ? 0 : was->due_minor_units());
      if (change == 0) continue;
      draft_.Input("due_minor_units", is.due_minor_units(), is.organization());
      if (was != nullptr) KeepInKind(*was, is);
      if (!PaysInTranches(is)) {
        if (was != nullptr) KeepOverMatch(*was, is);
        continue;
      }
      draft_.Party(is.organization()).set_committed_minor_units(change);
      matched_ += change;
      if (!RoleOf(is).pooled()) {
        if (change > 0) CheckOpenYear(before_.fiscal_year());
        continue;
      }
      pooled_ += change;
      const std::vector<v1::PoolPart> parts = was == nullptr ? PartsOfJoining(is) : PartsToCommit(before_, *was, change);
      for (const v1::PoolPart& part : parts) CommitPart(is, part);
    }
  }

  // A closed year takes no new commitments, whoever would pay them. Said once.
  void CheckOpenYear(int fiscal_year) {
    if (!years_.insert(fiscal_year).second) return;
    if (auto closed = RequireOpenYear(*loaded_.program, fiscal_year)) faults_.push_back(closed->violations.front());
  }

  // Who joins promises what it owes out of its own pools of those years out of which whoever leaves had promised it.
  std::vector<v1::PoolPart> PartsOfJoining(const v1::Party& joining) const {
    v1::Party leaving = *FindParty(before_, joining.replaces());
    const int64_t more = joining.due_minor_units() - leaving.committed_minor_units();
    for (const v1::PoolPart& part : PartsToCommit(before_, leaving, more)) {
      AddPoolPart(part.fiscal_year(), part.committed_minor_units(), 0, *leaving.mutable_pool_parts());
    }
    return {leaving.pool_parts().begin(), leaving.pool_parts().end()};
  }

  void CommitPart(const v1::Party& party, const v1::PoolPart& part) {
    const int64_t change = part.committed_minor_units();
    if (change > 0) {
      CheckOpenYear(part.fiscal_year());
      const std::string name = PoolName(before_.program(), party.organization(), part.fiscal_year());
      const v1::Pool* pool = context_.state.Find<v1::Pool>(name);
      const int64_t free = pool == nullptr ? 0 : pool->free_minor_units();
      if (free < change) {
        faults_.push_back(PoolExceeded(name, pool != nullptr, free, change, before_.currency_code()));
        return;
      }
    }
    ChangePoolPart(before_, party.organization(), part.fiscal_year(), change, 0, draft_);
  }

  // A due that grows takes in what had exceeded it; one that shrinks leaves beyond it what goods cover of it as well.
  void KeepOverMatch(const v1::Party& was, const v1::Party& is) {
    ProjectContext then = loaded_;
    then.project = &after_;
    const int64_t counted = CountedInKind(then, is, was.in_kind_minor_units());
    const int64_t over_match = OverMatchOf(then, is, was.verified_minor_units(), counted);
    MoveOverMatch(before_, was.organization(), over_match - was.over_match_minor_units(), draft_);
  }

  // How much of what was given in kind counts follows the due.
  void KeepInKind(const v1::Party& was, const v1::Party& is) {
    ProjectContext then = loaded_;
    then.project = &after_;
    const int64_t change = CountedInKind(then, is, was.in_kind_minor_units()) - was.in_kind_counted_minor_units();
    if (change == 0) return;
    draft_.Party(was.organization()).set_in_kind_counted_minor_units(change);
    draft_.Post(chart::InKindFunds(before_.name(), was.organization()), -change);
    draft_.Post(chart::InKindOverMatch(before_.name(), was.organization()), change);
  }

  void CountMatching() {
    ProjectContext then = loaded_;
    then.project = &after_;
    const std::vector<std::string> names = RecountInTallies(context_, loaded_, then, matched_, pooled_, draft_, faults_);
    after_.clear_tallies();
    for (const std::string& name : names) after_.add_tallies(name);
  }

  Context& context_;
  const ProjectContext& loaded_;
  const Project& before_;
  const v1::RuleVersion& rule_;
  const AmendmentTerms& terms_;
  Amended& amended_;
  Project& after_;
  Draft& draft_;
  std::vector<Violation>& faults_;
  // Added to what tranches are to pay, and to what pools pay of it.
  int64_t matched_ = 0;
  int64_t pooled_ = 0;
  // Out of whose pools more is promised.
  std::set<int> years_;
};

}  // namespace

void Amend(Context& context, const ProjectContext& loaded, const AmendmentTerms& terms, Amended& amended, Draft& draft,
           std::vector<Violation>& faults) {
  Amender(context, loaded, terms, amended, draft, faults).Run();
}

}  // namespace oriundo
