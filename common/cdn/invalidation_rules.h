// The invalidations that an edge has to know about one distribution (cloudfront.md 6.4).
//
// Creating an invalidation must not cost work per cached object, and an object on its way from the
// origin must not slip through.  So nothing is searched and removed: the edge keeps, for every
// invalidated path, the sequence number of the newest invalidation of it, and an entry is dead
// where that number is greater than its stamp, the sequence known when its origin request was sent.
// CloudFront allows '*' only as the last character, so three exact structures cover the grammar: a
// hash map of whole paths, a radix tree of prefixes, and one number for "/*"; tags have a hash map.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tarn::cdn {

// Strings to the greatest number added under any prefix of them.
class PrefixTree {
  public:
    PrefixTree();
    ~PrefixTree();
    PrefixTree(PrefixTree&&) noexcept;
    PrefixTree& operator=(PrefixTree&&) noexcept;

    void add(std::string_view prefix, std::uint64_t sequence);
    // 0 where no prefix of text was added.  One walk of at most text's length.
    std::uint64_t newest_prefix_of(std::string_view text) const;
    void drop_up_to(std::uint64_t sequence);
    std::size_t size() const { return size_; }

  private:
    struct Node;
    std::unique_ptr<Node> root_;
    std::size_t size_ = 0;
};

// The newest invalidation that covers an entry.
struct InvalidationMatch {
    enum class Kind : std::uint8_t { None, Path, Prefix, All, Tag };
    std::uint64_t sequence = 0;
    Kind kind = Kind::None;
};

// const calls may run in parallel; the others need exclusion.
class InvalidationRules {
  public:
    // path as in the API ("/a", "/a*", "#tag"), valid.  Sequences come in any order.
    void add(std::uint64_t sequence, std::string_view path);
    // inv_key as normalize_invalidation_key() makes it, tags in lower case.
    InvalidationMatch newest_match(std::string_view inv_key,
                                   std::span<const std::string> tags) const;
    // Forgets every rule with a sequence <= this: no entry with an older stamp is left, nor can one
    // be stored any more.
    void drop_up_to(std::uint64_t sequence);
    std::size_t size() const;

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    using SequenceMap = std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>>;

    std::uint64_t all_ = 0;
    SequenceMap exact_;
    SequenceMap tags_;
    PrefixTree prefixes_;
};

}  // namespace tarn::cdn
