#include "server/storage/pending_rows.h"

#include <algorithm>
#include <functional>

namespace tarn::storage {
namespace {

constexpr std::size_t kFirstSlotCount = 256;

std::size_t hash_of(Table table, Partition partition, std::string_view key) {
    const std::size_t seed = partition * 0x9e3779b97f4a7c15u + static_cast<std::size_t>(table);
    return std::hash<std::string_view>{}(key) ^ (seed * 0xff51afd7ed558ccdu);
}

}  // namespace

void PendingRows::clear() {
    // Empties the slots in use only: a group of one batch must not pay for an earlier large one.
    for (const Entry& entry : entries_)
        slots_[entry.slot] = kEmpty;
    entries_.clear();
    deleted_prefixes_.clear();
}

std::optional<Revision> PendingRows::find(Table table, Partition partition,
                                          std::string_view key) const {
    if (!entries_.empty()) {
        const std::size_t slot = slot_of(hash_of(table, partition, key), table, partition, key);
        if (slots_[slot] != kEmpty) return entries_[slots_[slot]].revision;
    }
    const bool deleted = std::ranges::any_of(deleted_prefixes_, [&](const Prefix& prefix) {
        return prefix.table == table && prefix.partition == partition &&
               key.starts_with(prefix.prefix);
    });
    if (deleted) return 0;
    return std::nullopt;
}

void PendingRows::set(Table table, Partition partition, std::string_view key, Revision revision) {
    if ((entries_.size() + 1) * 2 > slots_.size()) grow();
    const std::size_t hash = hash_of(table, partition, key);
    const std::size_t slot = slot_of(hash, table, partition, key);
    if (slots_[slot] != kEmpty) {
        entries_[slots_[slot]].revision = revision;
        return;
    }
    slots_[slot] = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({.hash = hash,
                        .partition = partition,
                        .key = key,
                        .revision = revision,
                        .slot = slot,
                        .table = table});
}

void PendingRows::delete_prefix(Table table, Partition partition, std::string_view prefix,
                                const std::function<void(std::string_view key)>& visit) {
    for (Entry& entry : entries_) {
        if (entry.table == table && entry.partition == partition && entry.key.starts_with(prefix)) {
            if (entry.revision != 0) visit(entry.key);
            entry.revision = 0;
        }
    }
    deleted_prefixes_.push_back({.partition = partition, .prefix = prefix, .table = table});
}

std::size_t PendingRows::slot_of(std::size_t hash, Table table, Partition partition,
                                 std::string_view key) const {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
        if (slots_[slot] == kEmpty) return slot;
        const Entry& entry = entries_[slots_[slot]];
        if (entry.hash == hash && entry.table == table && entry.partition == partition &&
            entry.key == key) {
            return slot;
        }
    }
}

void PendingRows::grow() {
    slots_.assign(std::max(kFirstSlotCount, slots_.size() * 2), kEmpty);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t index = 0; index < entries_.size(); ++index) {
        std::size_t slot = entries_[index].hash & mask;
        while (slots_[slot] != kEmpty)
            slot = (slot + 1) & mask;
        slots_[slot] = static_cast<std::uint32_t>(index);
        entries_[index].slot = slot;
    }
}

}  // namespace tarn::storage
