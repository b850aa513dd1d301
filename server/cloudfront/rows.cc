#include "server/cloudfront/rows.h"

#include "common/base/big_endian.h"

#include <tuple>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace tarn::cloudfront {
namespace {

namespace json = boost::json;

// ---- values ----

json::value to_json(const std::string& value) {
    return json::string(value);
}
json::value to_json(std::uint64_t value) {
    return value;
}
json::value to_json(bool value) {
    return value;
}
json::value to_json(WallTime value) {
    return value.time_since_epoch().count();
}
json::value to_json(const std::optional<WallTime>& value) {
    return value ? to_json(*value) : json::value(nullptr);
}
json::value to_json(const std::vector<std::string>& values);
json::value to_json(const Tags& tags);
json::value to_json(const std::vector<EdgeProof>& proof);

bool from_json(const json::value& value, std::string& out) {
    if (!value.is_string()) return false;
    out = std::string_view(value.get_string());
    return true;
}
bool from_json(const json::value& value, std::uint64_t& out) {
    json::error_code error;
    out = value.to_number<std::uint64_t>(error);
    return !error;
}
bool from_json(const json::value& value, bool& out) {
    if (!value.is_bool()) return false;
    out = value.get_bool();
    return true;
}
bool from_json(const json::value& value, WallTime& out) {
    json::error_code error;
    out = WallTime(std::chrono::milliseconds(value.to_number<std::int64_t>(error)));
    return !error;
}
bool from_json(const json::value& value, std::optional<WallTime>& out) {
    if (value.is_null()) return true;
    return from_json(value, out.emplace());
}
bool from_json(const json::value& value, std::vector<std::string>& out);
bool from_json(const json::value& value, Tags& out);
bool from_json(const json::value& value, std::vector<EdgeProof>& out);

// ---- members: one list per row serves both directions ----

template <class Row, class Value>
struct Column {
    std::string_view name;
    Value Row::* member;
};
template <class Row, class Value>
constexpr Column<Row, Value> column(std::string_view name, Value Row::* member) {
    return {name, member};
}

template <class Row>
constexpr auto kColumns = 0;

template <>
constexpr auto kColumns<DistributionRow> = std::tuple{
    column("id", &DistributionRow::id),
    column("account", &DistributionRow::account_id),
    column("etag", &DistributionRow::etag),
    column("caller_reference", &DistributionRow::caller_reference),
    column("modified", &DistributionRow::modified),
    column("sequence", &DistributionRow::sequence),
    column("deployed", &DistributionRow::deployed_sequence),
    column("config_epoch", &DistributionRow::config_epoch),
    column("config", &DistributionRow::config_xml),
    column("aliases", &DistributionRow::aliases),
    column("references", &DistributionRow::references),
    column("tags", &DistributionRow::tags),
};
template <>
constexpr auto kColumns<InvalidationRow> = std::tuple{
    column("id", &InvalidationRow::id),
    column("distribution", &InvalidationRow::distribution_id),
    column("caller_reference", &InvalidationRow::caller_reference),
    column("created", &InvalidationRow::created),
    column("sequence", &InvalidationRow::sequence),
    column("paths", &InvalidationRow::paths),
    column("completed", &InvalidationRow::completed),
    column("proof", &InvalidationRow::proof),
};
template <>
constexpr auto kColumns<ResourceRow> = std::tuple{
    column("id", &ResourceRow::id),
    column("account", &ResourceRow::account_id),
    column("etag", &ResourceRow::etag),
    column("created", &ResourceRow::created),
    column("modified", &ResourceRow::modified),
    column("config", &ResourceRow::config_xml),
};
template <>
constexpr auto kColumns<EdgeRow> = std::tuple{
    column("edge", &EdgeRow::edge_id),
    column("boot", &EdgeRow::boot_id),
    column("pop", &EdgeRow::pop),
};
template <>
constexpr auto kColumns<EdgeProof> = std::tuple{
    column("edge", &EdgeProof::edge_id),
    column("boot", &EdgeProof::boot_id),
    column("pop", &EdgeProof::pop),
    column("acknowledged", &EdgeProof::acknowledged),
    column("lease_expired", &EdgeProof::lease_expired),
    column("dropped", &EdgeProof::dropped),
};

template <class Row>
json::object object_of(const Row& row) {
    json::object object;
    std::apply(
        [&](const auto&... columns) {
            ((object[columns.name] = to_json(row.*columns.member)), ...);
        },
        kColumns<Row>);
    return object;
}

template <class Row>
bool read_object(const json::value& value, Row& row) {
    if (!value.is_object()) return false;
    const json::object& object = value.get_object();
    const auto read = [&](const auto& one) {
        const json::value* found = object.if_contains(one.name);
        return found && from_json(*found, row.*one.member);
    };
    return std::apply([&](const auto&... columns) { return (read(columns) && ...); },
                      kColumns<Row>);
}

template <class Row>
bool read_text(std::string_view text, Row& row) {
    json::error_code error;
    const json::value value = json::parse(text, error);
    return !error && read_object(value, row);
}

// ---- values that consist of others ----

json::value to_json(const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values)
        array.emplace_back(value);
    return array;
}
json::value to_json(const Tags& tags) {
    json::array array;
    for (const auto& [key, value] : tags)
        array.emplace_back(json::array{json::string(key), json::string(value)});
    return array;
}
json::value to_json(const std::vector<EdgeProof>& proof) {
    json::array array;
    for (const EdgeProof& edge : proof)
        array.emplace_back(object_of(edge));
    return array;
}

template <class Item>
bool read_array(const json::value& value, std::vector<Item>& out, auto read_item) {
    if (!value.is_array()) return false;
    for (const json::value& item : value.get_array()) {
        if (!read_item(item, out.emplace_back())) return false;
    }
    return true;
}
bool from_json(const json::value& value, std::vector<std::string>& out) {
    return read_array(value, out, [](const json::value& item, std::string& text) {
        return from_json(item, text);
    });
}
bool from_json(const json::value& value, Tags& out) {
    return read_array(value, out, [](const json::value& item, auto& tag) {
        return item.is_array() && item.get_array().size() == 2 &&
               from_json(item.get_array()[0], tag.first) &&
               from_json(item.get_array()[1], tag.second);
    });
}
bool from_json(const json::value& value, std::vector<EdgeProof>& out) {
    return read_array(value, out, [](const json::value& item, EdgeProof& edge) {
        return read_object(item, edge);
    });
}

}  // namespace

std::string write_row(const DistributionRow& row) {
    return json::serialize(object_of(row));
}
std::string write_row(const InvalidationRow& row) {
    return json::serialize(object_of(row));
}
std::string write_row(const ResourceRow& row) {
    return json::serialize(object_of(row));
}
std::string write_row(const EdgeRow& row) {
    return json::serialize(object_of(row));
}
bool read_row(std::string_view text, DistributionRow& row) {
    return read_text(text, row);
}
bool read_row(std::string_view text, InvalidationRow& row) {
    return read_text(text, row);
}
bool read_row(std::string_view text, ResourceRow& row) {
    return read_text(text, row);
}
bool read_row(std::string_view text, EdgeRow& row) {
    return read_text(text, row);
}

std::string distribution_key(std::string_view id) {
    return fmt::format("{}{}", kDistributionPrefix, id);
}
std::string invalidation_prefix(std::string_view distribution_id) {
    return fmt::format("{}{}/", kInvalidationPrefix, distribution_id);
}
std::string invalidation_key(std::string_view distribution_id, std::string_view id) {
    return invalidation_prefix(distribution_id).append(id);
}
std::string invalidation_reference_prefix(std::string_view distribution_id) {
    return fmt::format("{}{}/", kInvalidationReferencePrefix, distribution_id);
}
std::string invalidation_reference_key(std::string_view distribution_id,
                                       std::string_view caller_reference) {
    return invalidation_reference_prefix(distribution_id).append(caller_reference);
}
std::string resource_prefix(std::string_view kind) {
    return fmt::format("{}{}/", kResourcePrefix, kind);
}
std::string resource_key(std::string_view kind, std::string_view id) {
    return resource_prefix(kind).append(id);
}
std::string edge_key(std::string_view edge_id) {
    return fmt::format("{}{}", kEdgePrefix, edge_id);
}

std::string log_key(std::uint64_t sequence) {
    return big_endian(sequence);
}

std::optional<std::uint64_t> sequence_of_log_key(std::string_view key) {
    if (key.size() != sizeof(std::uint64_t)) return std::nullopt;
    return read_big_endian<std::uint64_t>(key);
}

}  // namespace tarn::cloudfront
