#include "common/cdn/invalidation_rules.h"

#include "common/cdn/invalidation_path.h"

#include <algorithm>
#include <vector>

namespace tarn::cdn {

// An edge of the tree carries a label, not a byte, so a lookup touches one node per place where
// invalidated prefixes part, not one per byte.  Labels of siblings differ in their first byte.
struct PrefixTree::Node {
    std::string label;           // bytes from the parent to here; empty only at the root
    std::uint64_t sequence = 0;  // of the prefix that ends here; 0: none ends here
    std::vector<Node> children;  // ordered by the first byte of their labels

    auto place_of(char first) {
        return std::ranges::lower_bound(
            children, static_cast<unsigned char>(first), {},
            [](const Node& node) { return static_cast<unsigned char>(node.label.front()); });
    }
    Node* child(char first) {
        const auto place = place_of(first);
        return place != children.end() && place->label.front() == first ? &*place : nullptr;
    }

    // Cuts the label in two: this node keeps the first length bytes and gets one child.
    void split(std::size_t length) {
        Node rest{label.substr(length), sequence, std::move(children)};
        label.resize(length);
        sequence = 0;
        children.clear();
        children.push_back(std::move(rest));
    }

    // Returns how many prefixes are left below and at this node.
    std::size_t drop_up_to(std::uint64_t bound) {
        if (sequence <= bound) sequence = 0;
        std::size_t left = sequence != 0 ? 1 : 0;
        for (Node& node : children)
            left += node.drop_up_to(bound);
        std::erase_if(children,
                      [](const Node& node) { return node.sequence == 0 && node.children.empty(); });
        const bool is_root = label.empty();
        if (!is_root && sequence == 0 && children.size() == 1) join_with_child();
        return left;
    }
    void join_with_child() {
        Node only = std::move(children.front());
        label += only.label;
        sequence = only.sequence;
        children = std::move(only.children);
    }
};

PrefixTree::PrefixTree() : root_(std::make_unique<Node>()) {}
PrefixTree::~PrefixTree() = default;
PrefixTree::PrefixTree(PrefixTree&&) noexcept = default;
PrefixTree& PrefixTree::operator=(PrefixTree&&) noexcept = default;

namespace {
std::size_t common_length(std::string_view a, std::string_view b) {
    return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}
}  // namespace

void PrefixTree::add(std::string_view prefix, std::uint64_t sequence) {
    Node* node = root_.get();
    while (!prefix.empty()) {
        Node* child = node->child(prefix.front());
        if (!child) {
            node->children.insert(node->place_of(prefix.front()), Node{std::string(prefix)});
            child = node->child(prefix.front());
        }
        const std::size_t common = common_length(child->label, prefix);
        if (common < child->label.size()) child->split(common);
        prefix.remove_prefix(common);
        node = child;
    }
    if (node->sequence == 0) ++size_;
    node->sequence = std::max(node->sequence, sequence);
}

std::uint64_t PrefixTree::newest_prefix_of(std::string_view text) const {
    Node* node = root_.get();
    std::uint64_t newest = node->sequence;
    while (!text.empty()) {
        node = node->child(text.front());
        if (!node || !text.starts_with(node->label)) break;
        newest = std::max(newest, node->sequence);
        text.remove_prefix(node->label.size());
    }
    return newest;
}

void PrefixTree::drop_up_to(std::uint64_t sequence) {
    size_ = root_->drop_up_to(sequence);
}

namespace {
template <class Map>
void raise(Map& map, std::string key, std::uint64_t sequence) {
    std::uint64_t& value = map[std::move(key)];
    value = std::max(value, sequence);
}
template <class Map>
std::uint64_t value_of(const Map& map, std::string_view key) {
    const auto found = map.find(key);
    return found == map.end() ? 0 : found->second;
}
}  // namespace

void InvalidationRules::add(std::uint64_t sequence, std::string_view path) {
    if (path.starts_with('#')) {
        raise(tags_, normalize_tag(path.substr(1)), sequence);
    } else if (path == "/*") {
        all_ = std::max(all_, sequence);
    } else if (is_wildcard_path(path)) {
        prefixes_.add(normalize_invalidation_key(path.substr(0, path.size() - 1)), sequence);
    } else {
        raise(exact_, normalize_invalidation_key(path), sequence);
    }
}

InvalidationMatch InvalidationRules::newest_match(std::string_view inv_key,
                                                  std::span<const std::string> tags) const {
    InvalidationMatch newest;
    const auto consider = [&](InvalidationMatch::Kind kind, std::uint64_t sequence) {
        if (sequence > newest.sequence) newest = {.sequence = sequence, .kind = kind};
    };
    using Kind = InvalidationMatch::Kind;
    if (!exact_.empty()) consider(Kind::Path, value_of(exact_, inv_key));
    consider(Kind::Prefix, prefixes_.newest_prefix_of(inv_key));
    consider(Kind::All, all_);
    if (tags_.empty()) return newest;
    for (const std::string& tag : tags)
        consider(Kind::Tag, value_of(tags_, tag));
    return newest;
}

void InvalidationRules::drop_up_to(std::uint64_t sequence) {
    const auto is_old = [sequence](const auto& rule) { return rule.second <= sequence; };
    if (all_ <= sequence) all_ = 0;
    std::erase_if(exact_, is_old);
    std::erase_if(tags_, is_old);
    prefixes_.drop_up_to(sequence);
}

std::size_t InvalidationRules::size() const {
    return exact_.size() + tags_.size() + prefixes_.size() + (all_ != 0 ? 1 : 0);
}

}  // namespace tarn::cdn
