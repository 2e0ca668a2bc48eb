// See merged_columns.hpp.
#include "plan/merged_columns.hpp"

#include <algorithm>

#include "plan/names.hpp"

namespace xc::plan {

namespace {

// Has the relation the column, and keeps it?
bool keeps_column(const Pair& pair, const Json& name) {
  const Json::Array& columns = pair.from->body["columns"].items();
  const Json::Array& wanted = pair.to->body["columns"].items();
  const Json* const column = find_column(pair.from->body, name.str());
  if (column == nullptr) return false;
  const std::vector<std::int64_t>& numbers = pair.to->parts;
  if (pair.from->parts.size() == columns.size() && numbers.size() == wanted.size()) {
    const std::int64_t number = pair.from->parts[static_cast<std::size_t>(column - columns.data())];
    return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
  }
  return find_column(pair.to->body, name.str()) != nullptr;
}

// Is it a new one for the relation, and none that it had and dropped?
bool adds_column(const Pair& pair, const Json& name) {
  const Json::Array& wanted = pair.to->body["columns"].items();
  const Json* const column = find_column(pair.to->body, name.str());
  if (column == nullptr || keeps_column(pair, name)) return false;
  const std::vector<std::int64_t>& numbers = pair.to->parts;
  return numbers.size() != wanted.size() || numbers[static_cast<std::size_t>(column - wanted.data())] == 0;
}

bool contains(const Json& array, const Json& item) {
  return std::find(array.items().begin(), array.items().end(), item) != array.items().end();
}

}  // namespace

void note_merged_columns(std::vector<Item>& items, const Work& work) {
  for (Item& item : items) {
    if (item.how != How::change) continue;
    const Json& from = item.pair.from->body;
    for (const Json& parent : from["inherits"].items()) {
      const std::size_t index = work.relation_before(parent.str());
      if (index == Work::npos || items[index].how != How::change || !contains(item.pair.to->body["inherits"], parent)) continue;
      for (const Json& column : from["columns"].items()) {
        if (keeps_column(items[index].pair, column["name"])) item.pair.to->merged.push_back(column["name"].str());
      }
    }
  }
}

void note_columns_before_parents(std::vector<Item>& items, const Work& work) {
  for (Item& item : items) {
    if (item.how != How::change || item.pair.to->written_as.empty()) continue;
    Object& to = *item.pair.to;
    for (const std::string& parent : parents_of(item.pair.from->body)) {
      const std::size_t index = work.relation_before(parent);
      if (index == Work::npos || items[index].how != How::change) continue;
      for (std::size_t i = 0; i < to.parts.size(); ++i) {
        const Json& name = to.body["columns"].items()[i]["name"];
        if (to.written_as.contains(to.parts[i]) && adds_column(items[index].pair, name)) to.before_parents.push_back(name.str());
      }
    }
  }
}

}  // namespace xc::plan
