#include "client/ordering.h"

#include <string_view>
#include <utility>

#include "base/encoding.h"

namespace hb::client {
namespace {

std::optional<std::uint64_t> number(const wire::Message& message, std::string_view name, int base) {
  const auto text = message.string(name);
  return text ? parse_unsigned(*text, base) : std::nullopt;
}

}  // namespace

std::optional<OrderKey> order_key(const wire::Message& message) {
  const auto generation = number(message, "hg", 16);
  const auto seq = number(message, "seq", 16);
  const auto client_generation = number(message, "client_gen", 10);
  const auto order = number(message, "oseq", 16);
  if (!generation || !seq || !client_generation || !order || *order == 0) return std::nullopt;
  return OrderKey{Generation(*generation), SeqNo(*seq), *client_generation, *order};
}

void OrderedStream::begin(Queue& queue, const OrderKey& key) {
  queue = {.client_generation = key.client_generation, .first = key.seq, .expected = key.order};
}

void OrderedStream::insert(Queue& queue, const OrderKey& key, wire::Message&& message) {
  if (key.seq < queue.first || key.order < queue.expected) return;
  if (key.order - queue.expected >= kOrderWindow) begin(queue, key);
  queue.waiting.try_emplace(key.order, std::move(message));
}

std::vector<wire::Message> OrderedStream::in_order(Queue& queue) {
  std::vector<wire::Message> ready;
  while (!queue.waiting.empty() && queue.waiting.begin()->first == queue.expected) {
    ready.push_back(std::move(queue.waiting.begin()->second));
    queue.waiting.erase(queue.waiting.begin());
    ++queue.expected;
  }
  return ready;
}

std::vector<wire::Message> OrderedStream::take(const OrderKey& key, wire::Message message) {
  if (key.generation < generation_) return {};
  if (key.generation > generation_) {
    generation_ = key.generation;
    current_ = parked_ = {};
  }
  if (key.client_generation < current_.client_generation) return {};
  if (current_.expected == 0) begin(current_, key);
  if (key.client_generation == current_.client_generation) {
    insert(current_, key, std::move(message));
    return in_order(current_);
  }
  if (key.client_generation < parked_.client_generation) return {};
  if (key.client_generation > parked_.client_generation) begin(parked_, key);
  insert(parked_, key, std::move(message));
  return {};
}

OrderedStream::Left OrderedStream::left() {
  Left told;
  for (auto& [order, message] : current_.waiting) told.before.push_back(std::move(message));
  const std::uint64_t next = current_.client_generation + 1;
  current_ = std::exchange(parked_, {});
  if (current_.expected == 0) current_.client_generation = next;  // nothing of the old one again
  told.after = in_order(current_);
  return told;
}

}  // namespace hb::client
