// The life of a registration (domain notes 1.2): applied for, issued, renewed, suspended, disputed, reinstated, revoked; and
// endorsements.
#include <algorithm>

#include "server/base/ids.h"
#include "server/base/limits.h"
#include "server/ledger/decide.h"

namespace oriundo {
namespace {

using v1::Organization;

std::string Today(const Context& context) { return DateAt(context.stamp.commit_time_us, 0); }

// Refuses with WRONG_REGISTRATION_STATE unless the registration is in one of `states`; `deed` completes "... to be".
MaybeRefusal RequireRegistrationState(const Organization& organization,
                                      std::initializer_list<Organization::RegistrationState> states, std::string_view deed) {
  auto name = [](Organization::RegistrationState state) {
    return state == Organization::REGISTRATION_STATE_UNSPECIFIED ? std::string("NOT_REGISTERED")
                                                                 : Organization::RegistrationState_Name(state);
  };
  std::string allowed;
  for (Organization::RegistrationState state : states) {
    if (organization.registration_state() == state) return std::nullopt;
    allowed += (allowed.empty() ? "" : ", ") + name(state);
  }
  const std::string now = name(organization.registration_state());
  return Refuse(
      v1::WRONG_REGISTRATION_STATE, organization.name(),
      "the registration of " + organization.name() + " is " + now + "; it takes " + allowed + " to be " + std::string(deed),
      {{"registration_state", now}, {"allowed_states", allowed}});
}

// The same for what freezes. Who was registered once and applies anew is still somebody in whose projects money may move: an application
// is no way round a freeze.
MaybeRefusal RequireFreezable(const Organization& organization, std::initializer_list<Organization::RegistrationState> states,
                              std::string_view deed) {
  const bool applies = organization.registration_state() == Organization::SUBMITTED ||
                       organization.registration_state() == Organization::REJECTED;
  if (applies && organization.has_registration()) return std::nullopt;
  return RequireRegistrationState(organization, states, deed);
}

bool IsAuthority(const Organization& actor) { return actor.kind() == v1::CONSULATE || actor.kind() == v1::PROGRAM_OFFICE; }

// True for the federation of a club.
bool IsOwnFederation(const Context& context, const Organization& organization) {
  return context.actor.kind() == v1::FEDERATION && organization.kind() == v1::CLUB &&
         AboveOf(context, organization) == context.actor.name();
}

bool IsIssuer(const Context& context, const Organization& organization) {
  return organization.has_registration() && StandsFor(context, organization.registration().issuer()) == context.actor.name();
}

// A federation issues notes to its clubs, and endorses them, only while its own note is valid (domain notes 1.2, Toma de Nota).
MaybeRefusal RequireOwnNote(const Context& context) {
  if (context.actor.kind() != v1::FEDERATION) return std::nullopt;
  if (auto problem = RegistrationProblem(context, context.actor, Today(context))) return Refusal{{*std::move(problem)}};
  return std::nullopt;
}

// Refuses unless the actor could issue a registration to the organisation.
MaybeRefusal RequireMayIssue(const Context& context, const Organization& organization) {
  if (context.actor.name() == organization.name() || !(IsAuthority(context.actor) || IsOwnFederation(context, organization))) {
    return NotAllowed(context, "a consulate, a program office or, for its own clubs, a federation with a valid registration",
                      {{"case", "REGISTRARS"}});
  }
  return RequireOwnNote(context);
}

// Refuses unless the actor could suspend the registration or take it away.
MaybeRefusal RequireMayTakeAway(const Context& context, const Organization& organization) {
  const bool issuing_federation = context.actor.kind() == v1::FEDERATION && IsIssuer(context, organization);
  if (context.actor.name() == organization.name() || !(IsAuthority(context.actor) || issuing_federation)) {
    return NotAllowed(context, "a consulate, a program office or the federation that issued the registration",
                      {{"case", "REGISTRATION_ISSUER"}});
  }
  return RequireOwnNote(context);
}

// Refuses with INVALID_FIELD where the last day stands before the first. Admission has looked already.
template <typename Validity>
MaybeRefusal RequireValidity(const Validity& validity, const char* field) {
  if (validity.valid_to() >= validity.valid_from()) return std::nullopt;
  return Refuse(
      v1::INVALID_FIELD, std::string(field) + ".valid_to",
      std::string("the ") + field + " would end on " + validity.valid_to() + ", before it begins on " + validity.valid_from(),
      {{"valid_from", validity.valid_from()}, {"valid_to", validity.valid_to()}, {"case", "VALIDITY"}});
}

}  // namespace

MaybeRefusal Decide(Context& context, const v1::RegisterOrganizationRequest& request, Draft& draft) {
  const Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  ORIUNDO_REFUSE_IF_ANY(RequireMayIssue(context, *organization));
  ORIUNDO_REFUSE_IF_ANY(RequireRegistrationState(*organization,
                                                 {Organization::REGISTRATION_STATE_UNSPECIFIED, Organization::SUBMITTED,
                                                  Organization::REJECTED, Organization::REGISTERED},
                                                 "issued or renewed"));
  const v1::Registration& registration = request.registration();
  ORIUNDO_REFUSE_IF_ANY(RequireValidity(registration, "registration"));
  if (organization->has_registration() && registration.cause() == v1::RENEWAL_CAUSE_UNSPECIFIED) {
    return Refuse(
        v1::INVALID_FIELD, "registration.cause",
        organization->name() + " was registered before; say why it is renewed: EXPIRY, CHANGE_OF_BOARD or CHANGE_OF_ADDRESS",
        {{"case", "RENEWAL_CAUSE"}, {"organization", organization->name()}});
  }
  const std::string folio_name = FolioName(context.actor.name(), registration.folio());
  const v1::Folio* folio = context.state.Find<v1::Folio>(folio_name);
  if (folio != nullptr && folio->organization() != organization->name()) {
    return Refuse(v1::FOLIO_TAKEN, "registration.folio",
                  context.actor.name() + " has given the folio " + registration.folio() + " to " + folio->organization() +
                      "; every organisation has a number of its own",
                  {{"folio", registration.folio()}, {"issuer", context.actor.name()}, {"organization", folio->organization()}});
  }
  if (folio != nullptr) ORIUNDO_REFUSE_IF_ANY(RequireRoom(folio->entry_sequences_size(), folio->name()));
  v1::OrganizationRegistered& event = *draft.entry.mutable_organization_registered();
  event.set_organization(request.name());
  *event.mutable_registration() = registration;
  event.mutable_registration()->set_issuer(context.actor.name());
  if (!organization->has_registration()) event.mutable_registration()->clear_cause();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::SubmitRegistrationRequest& request, Draft& draft) {
  const Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  if (context.actor.name() != organization->name() && !IsOwnFederation(context, *organization)) {
    return NotAllowed(context, organization->name() + " itself or its federation",
                      {{"case", "ITSELF_OR_FEDERATION"}, {"name", organization->name()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireRegistrationState(
      *organization, {Organization::REGISTRATION_STATE_UNSPECIFIED, Organization::REJECTED, Organization::REGISTERED},
      "applied for"));
  if (organization->registration_state() == Organization::REGISTERED &&
      Today(context) <= organization->registration().valid_to()) {
    // An application in place of a registration in force would take the club's rights away.
    return Refuse(v1::WRONG_REGISTRATION_STATE, organization->name(),
                  "the registration of " + organization->name() + " is in force until " +
                      organization->registration().valid_to() + "; its issuer renews it without an application",
                  {{"registration_state", "REGISTERED"},
                   {"allowed_states", "NOT_REGISTERED, REJECTED, REGISTERED and expired"},
                   {"case", "IN_FORCE"},
                   {"valid_to", organization->registration().valid_to()}});
  }
  v1::RegistrationSubmitted& event = *draft.entry.mutable_registration_submitted();
  event.set_organization(request.name());
  *event.mutable_documents() = request.documents();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RejectRegistrationRequest& request, Draft& draft) {
  const Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  ORIUNDO_REFUSE_IF_ANY(RequireMayIssue(context, *organization));
  ORIUNDO_REFUSE_IF_ANY(RequireRegistrationState(*organization, {Organization::SUBMITTED}, "turned down"));
  draft.entry.mutable_registration_rejected()->set_organization(request.name());
  *draft.entry.mutable_registration_rejected()->mutable_reason() = request.reason();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::SuspendRegistrationRequest& request, Draft& draft) {
  const Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  ORIUNDO_REFUSE_IF_ANY(RequireMayTakeAway(context, *organization));
  ORIUNDO_REFUSE_IF_ANY(RequireFreezable(*organization, {Organization::REGISTERED}, "suspended"));
  draft.entry.mutable_registration_suspended()->set_organization(request.name());
  *draft.entry.mutable_registration_suspended()->mutable_reason() = request.reason();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::DisputeRegistrationRequest& request, Draft& draft) {
  const Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  const bool above = !organization->parent().empty() && AboveOf(context, *organization) == context.actor.name();
  if (context.actor.name() != organization->name() && !above && !IsIssuer(context, *organization) &&
      context.actor.kind() != v1::CONSULATE) {
    return NotAllowed(context, organization->name() + " itself, its federation, the issuer of its registration or a consulate",
                      {{"case", "ITSELF_FEDERATION_ISSUER_OR_CONSULATE"}, {"name", organization->name()}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireFreezable(*organization, {Organization::REGISTERED, Organization::SUSPENDED}, "disputed"));
  // Whoever suspends first keeps nobody from disputing. But a federation that puts its own dispute in the place of what another
  // froze could
  // lift that as well.
  const bool anothers = organization->registration_state() == Organization::SUSPENDED &&
                        StandsFor(context, organization->frozen_by()) != context.actor.name();
  if (anothers && context.actor.kind() == v1::FEDERATION && context.actor.name() != organization->name()) {
    return NotAllowed(context, "of what " + organization->frozen_by() + " suspended " + organization->name() +
                                   " itself, the issuer of its registration or a consulate, but no federation,",
                      {{"case", "SUSPENDED_BY_OTHERS"}, {"name", organization->name()}, {"frozen_by", organization->frozen_by()}});
  }
  draft.entry.mutable_registration_disputed()->set_organization(request.name());
  *draft.entry.mutable_registration_disputed()->mutable_reason() = request.reason();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::ReinstateRegistrationRequest& request, Draft& draft) {
  const Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  const std::string& actor = context.actor.name();
  if (actor == organization->name() || !(IsIssuer(context, *organization) || context.actor.kind() == v1::CONSULATE)) {
    return NotAllowed(context, "the issuer of the registration or a consulate, never the organisation itself,",
                      {{"case", "ISSUER_OR_CONSULATE"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireOwnNote(context));
  ORIUNDO_REFUSE_IF_ANY(RequireRegistrationState(*organization, {Organization::SUSPENDED, Organization::DISPUTED}, "reinstated"));
  // A federation undoes only what it has done itself: neither what an authority did, nor what a club says of its name, which may
  // be said against that very federation.
  if (context.actor.kind() == v1::FEDERATION && StandsFor(context, organization->frozen_by()) != actor) {
    const std::string lifter = IssuerThatReinstates(context, *organization);
    return NotAllowed(context, WhoReinstates(lifter),
                      {{"case", lifter.empty() ? "CONSULATE" : "ISSUER_OR_CONSULATE_LIFTS"}, {"issuer", lifter}});
  }
  draft.entry.mutable_registration_reinstated()->set_organization(request.name());
  *draft.entry.mutable_registration_reinstated()->mutable_reason() = request.reason();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RevokeRegistrationRequest& request, Draft& draft) {
  const Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  ORIUNDO_REFUSE_IF_ANY(RequireMayTakeAway(context, *organization));
  ORIUNDO_REFUSE_IF_ANY(RequireFreezable(
      *organization, {Organization::REGISTERED, Organization::SUSPENDED, Organization::DISPUTED}, "revoked"));
  draft.entry.mutable_registration_revoked()->set_organization(request.name());
  *draft.entry.mutable_registration_revoked()->mutable_reason() = request.reason();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::EndorseOrganizationRequest& request, Draft& draft) {
  const Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  if (!IsOwnFederation(context, *organization)) {
    return NotAllowed(context, "the federation of the club",
                      {{"case", "FEDERATION_OF_CLUB"}});
  }
  ORIUNDO_REFUSE_IF_ANY(RequireOwnNote(context));
  ORIUNDO_REFUSE_IF_ANY(RequireValidity(request.endorsement(), "endorsement"));
  v1::OrganizationEndorsed& event = *draft.entry.mutable_organization_endorsed();
  event.set_organization(request.name());
  *event.mutable_endorsement() = request.endorsement();
  event.mutable_endorsement()->set_endorser(context.actor.name());
  event.mutable_endorsement()->clear_revoked();
  return std::nullopt;
}

MaybeRefusal Decide(Context& context, const v1::RevokeEndorsementRequest& request, Draft& draft) {
  const Organization* organization = nullptr;
  ORIUNDO_REFUSE_IF_ANY(LoadOrganization(context, request.name(), organization));
  const bool endorsed = organization->has_endorsement() && !organization->endorsement().revoked();
  const bool endorser = endorsed && StandsFor(context, organization->endorsement().endorser()) == context.actor.name();
  if (!endorser && !IsOwnFederation(context, *organization)) {
    return NotAllowed(context, "the federation that endorsed the club",
                      {{"case", "ENDORSER"}});
  }
  if (!endorser) {
    return Refuse(v1::NOT_ENDORSED, organization->name(), context.actor.name() + " has not endorsed " + organization->name(),
                  {{"organization", organization->name()}, {"federation", context.actor.name()}});
  }
  draft.entry.mutable_endorsement_revoked()->set_organization(request.name());
  *draft.entry.mutable_endorsement_revoked()->mutable_reason() = request.reason();
  return std::nullopt;
}

}  // namespace oriundo
