#include "wire/compression.h"

#include <algorithm>
#include <array>
#include <utility>

#include <bzlib.h>
#include <zlib.h>

#include "wire/classic.h"
#include "wire/netstring.h"

namespace hb::wire {
namespace {

constexpr std::array<std::pair<Compression, std::string_view>, 2> kAlgorithms = {{
    {Compression::kZlib, "zlib"},
    {Compression::kBz2, "bz2"},
}};

constexpr int kBz2BlockSize = 1;  // 100 kB, as 3.0.6 packs
constexpr std::size_t kFirstOutput = 16U << 10U;

Expected<std::string, SealError> compress_zlib(std::string_view bytes) {
  uLongf size = compressBound(bytes.size());
  std::string packed(size, '\0');
  const int result = ::compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                                reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if (result != Z_OK) return unexpected(SealError::kCompression);
  packed.resize(size);
  return packed;
}

Expected<std::string, SealError> compress_bz2(std::string_view bytes) {
  std::string packed(bytes.size() + bytes.size() / 100 + 601, '\0');  // bzip2's own bound
  auto size = static_cast<unsigned>(packed.size());
  std::string input(bytes);  // the interface asks for writable input
  const int result = BZ2_bzBuffToBuffCompress(packed.data(), &size, input.data(),
                                              static_cast<unsigned>(input.size()), kBz2BlockSize,
                                              0 /* silent */, 0 /* default work factor */);
  if (result != BZ_OK) return unexpected(SealError::kCompression);
  packed.resize(size);
  return packed;
}

enum class Progress : std::uint8_t { kDone, kMoreOutput, kFailed };

// One stream of a library: inflate() and BZ2_bzDecompress() behind one face.
class ZlibStream {
 public:
  explicit ZlibStream(std::string_view bytes) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    ready_ = inflateInit(&stream_) == Z_OK;
  }
  ~ZlibStream() { inflateEnd(&stream_); }
  ZlibStream(const ZlibStream&) = delete;
  ZlibStream& operator=(const ZlibStream&) = delete;

  Progress fill(char* out, std::size_t room, std::size_t& written) {
    if (!ready_) return Progress::kFailed;
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    written = room - stream_.avail_out;
    if (result == Z_STREAM_END) return Progress::kDone;
    return result == Z_OK && stream_.avail_out == 0 ? Progress::kMoreOutput : Progress::kFailed;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

class Bz2Stream {
 public:
  explicit Bz2Stream(std::string_view bytes) {
    stream_.next_in = const_cast<char*>(bytes.data());
    stream_.avail_in = static_cast<unsigned>(bytes.size());
    ready_ = BZ2_bzDecompressInit(&stream_, 0 /* silent */, 0 /* fast, not small */) == BZ_OK;
  }
  ~Bz2Stream() { BZ2_bzDecompressEnd(&stream_); }
  Bz2Stream(const Bz2Stream&) = delete;
  Bz2Stream& operator=(const Bz2Stream&) = delete;

  Progress fill(char* out, std::size_t room, std::size_t& written) {
    if (!ready_) return Progress::kFailed;
    stream_.next_out = out;
    stream_.avail_out = static_cast<unsigned>(room);
    const int result = BZ2_bzDecompress(&stream_);
    written = room - stream_.avail_out;
    if (result == BZ_STREAM_END) return Progress::kDone;
    return result == BZ_OK && stream_.avail_out == 0 ? Progress::kMoreOutput : Progress::kFailed;
  }

 private:
  bz_stream stream_{};
  bool ready_ = false;
};

// The output grows by doubling up to one byte above the limit, which then means too large.
template <class Stream>
Expected<std::string, Rejection> unpack(std::string_view bytes) {
  Stream stream(bytes);
  std::string out;
  std::size_t size = 0;
  while (true) {
    out.resize(std::clamp(out.size() * 2, kFirstOutput, kUncompressedLimit + 1));
    std::size_t written = 0;
    const Progress progress = stream.fill(out.data() + size, out.size() - size, written);
    size += written;
    if (size > kUncompressedLimit) return unexpected(Rejection::kTooLarge);
    switch (progress) {
      case Progress::kDone:
        out.resize(size);
        return out;
      case Progress::kMoreOutput:
        break;
      case Progress::kFailed:
        return unexpected(Rejection::kBadCompression);
    }
  }
}

bool is_structured(const Field& field) {
  switch (field.type) {
    case FieldType::kStruct:
    case FieldType::kCompressed:
    case FieldType::kUncompressed:
      return true;
    case FieldType::kString:
    case FieldType::kBinary:
    case FieldType::kList:
      return false;
  }
  return false;
}

Expected<Message, Rejection> open_payload(const Message& message, std::string_view payload) {
  const auto name = message.string(kAlgorithmField);
  const auto algorithm = name ? parse_compression(*name) : std::nullopt;
  if (!algorithm) return unexpected(Rejection::kBadCompression);
  const auto inner = decompress(*algorithm, payload);
  if (!inner) return unexpected(inner.error());
  return decode_either(*inner);
}

}  // namespace

std::string_view word(Compression algorithm) {
  return kAlgorithms[static_cast<std::size_t>(algorithm)].second;
}

std::optional<Compression> parse_compression(std::string_view word) {
  for (const auto& [algorithm, name] : kAlgorithms) {
    if (name == word) return algorithm;
  }
  return std::nullopt;
}

Expected<std::string, SealError> compress(Compression algorithm, std::string_view bytes) {
  if (bytes.size() > kUncompressedLimit) return unexpected(SealError::kTooLarge);
  switch (algorithm) {
    case Compression::kZlib:
      return compress_zlib(bytes);
    case Compression::kBz2:
      return compress_bz2(bytes);
  }
  return unexpected(SealError::kCompression);
}

Expected<std::string, Rejection> decompress(Compression algorithm, std::string_view bytes) {
  switch (algorithm) {
    case Compression::kZlib:
      return unpack<ZlibStream>(bytes);
    case Compression::kBz2:
      return unpack<Bz2Stream>(bytes);
  }
  return unexpected(Rejection::kBadCompression);
}

bool has_structured_field(const Message& message) {
  return std::any_of(message.fields().begin(), message.fields().end(), is_structured);
}

Expected<std::string, SealError> encode_inner(const Message& message, Form form) {
  std::string inner;
  if (form == Form::kNetstring || has_structured_field(message)) {
    if (auto done = encode_netstring(message, inner); !done) return unexpected(done.error());
    return inner;
  }
  if (auto done = encode_classic(message, inner); !done) return unexpected(done.error());
  inner += '\0';
  return inner;
}

Expected<Message, Rejection> decode_either(std::string_view bytes) {
  if (bytes.starts_with(kNetstringStart)) return decode_netstring(bytes);
  return decode_classic(bytes);
}

bool is_envelope(const Message& message) {
  const Field* payload = message.find(kPayloadField);
  return payload != nullptr && payload->type == FieldType::kBinary;
}

Expected<Message, SealError> make_envelope(std::string_view inner, Compression algorithm) {
  auto payload = compress(algorithm, inner);
  if (!payload) return unexpected(payload.error());
  Message envelope;
  envelope.add_binary(std::string(kPayloadField), std::move(*payload));
  envelope.add_string(std::string(kAlgorithmField), std::string(word(algorithm)));
  return envelope;
}

Expected<Message, Rejection> open_envelope(const Message& envelope) {
  const Field* payload = envelope.find(kPayloadField);
  if (payload == nullptr) return unexpected(Rejection::kBadField);
  return open_payload(envelope, payload->bytes);
}

Expected<Message, Rejection> open_compressed_field(const Message& message, std::string_view name) {
  const Field* field = message.find(name);
  if (field == nullptr || field->type != FieldType::kCompressed) {
    return unexpected(Rejection::kBadField);
  }
  return open_payload(message, field->bytes);
}

Expected<Message, SealError> compress_fields(const Message& message, Compression algorithm,
                                             Form form) {
  Message packed;
  for (const Field& field : message.fields()) {
    if (field.type != FieldType::kUncompressed) {
      packed.add(field);
      continue;
    }
    const auto inner = encode_inner(field.child, form);
    if (!inner) return unexpected(inner.error());
    auto bytes = compress(algorithm, *inner);
    if (!bytes) return unexpected(bytes.error());
    packed.add({.name = field.name,
                .type = FieldType::kCompressed,
                .bytes = std::move(*bytes),
                .items = {},
                .child = {}});
  }
  packed.set_string(kAlgorithmField, std::string(word(algorithm)));
  return packed;
}

}  // namespace hb::wire
