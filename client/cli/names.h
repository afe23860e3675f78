// Short resource names: `tekax-2014/deposit-1` for `projects/tekax-2014/contributions/deposit-1` where the kind is clear.
#pragma once

#include <string>
#include <string_view>

namespace oriundo {

// The full name of `text` after `pattern` (as NamePatternOf). `text` may be full already, lack its first collection
// (`tekax-2014/contributions/d1`), lack all (`tekax-2014/d1`), or be the last id alone where `base`, the name of the thing above
// it, is known (`d1` with `projects/tekax-2014`). Whatever fits none of these is returned as it is; the server says what is wrong
// with it.
std::string ExpandName(std::string_view pattern, std::string_view text, std::string_view base);

// The shortest text that ExpandName takes without a base: `tekax-2014/d1`. What is no resource name is returned as it is.
std::string ShortName(std::string_view name);

// The collection a pattern or name starts with: `projects`.
std::string_view CollectionOf(std::string_view name);

// True for what the ledger takes as the id of a resource or person: `^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`.
bool IsId(std::string_view text);

// Who asks.
struct Actor {
  // `organizations/{organization}`.
  std::string organization;
  // The person's id within it; empty where not told.
  std::string principal;
};

// `club-tekax`, `club-tekax/treasurer` or the same after `organizations/`. Empty text gives an empty actor.
Actor ParseActor(std::string_view text);

}  // namespace oriundo
