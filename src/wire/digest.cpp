#include "wire/digest.h"

#include <charconv>
#include <variant>

// SHA1_… and MD5_… are not deprecated in this version of the interface. EVP keeps its state behind
// pointers and copies it by allocating, twice for each digest: more than all else that is done to a
// heartbeat. It also makes the library read its configuration and fetch from its providers.
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

namespace hb::wire {
namespace {

constexpr std::uint32_t kCrcPolynomial = 0x04C11DB7;

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t crc = byte << 24U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x80000000U) != 0 ? (crc << 1U) ^ kCrcPolynomial : crc << 1U;
    }
    table[byte] = crc;
  }
  return table;
}();

constexpr std::string_view kHexDigits = "0123456789abcdef";

struct Sha1 {
  using State = SHA_CTX;
  static constexpr std::size_t kSize = SHA_DIGEST_LENGTH;
  static void begin(State& state) { SHA1_Init(&state); }
  static void add(State& state, const void* bytes, std::size_t size) {
    SHA1_Update(&state, bytes, size);
  }
  static void end(State& state, unsigned char* digest) { SHA1_Final(digest, &state); }
};

struct Md5 {
  using State = MD5_CTX;
  static constexpr std::size_t kSize = MD5_DIGEST_LENGTH;
  static void begin(State& state) { MD5_Init(&state); }
  static void add(State& state, const void* bytes, std::size_t size) {
    MD5_Update(&state, bytes, size);
  }
  static void end(State& state, unsigned char* digest) { MD5_Final(digest, &state); }
};

// HMAC (RFC 2104) with the key taken in beforehand: the states of both hashes behind their first
// block.
template <class Hash>
class PreparedHmac {
 public:
  static constexpr std::size_t kSize = Hash::kSize;

  explicit PreparedHmac(std::string_view secret) {
    Block key{};
    if (secret.size() <= key.size()) {
      secret.copy(reinterpret_cast<char*>(key.data()), secret.size());
    } else {
      typename Hash::State state;
      Hash::begin(state);
      Hash::add(state, secret.data(), secret.size());
      Hash::end(state, key.data());
      OPENSSL_cleanse(&state, sizeof state);
    }
    begin_with(inner_, key, 0x36);
    begin_with(outer_, key, 0x5c);
    OPENSSL_cleanse(key.data(), key.size());
  }
  ~PreparedHmac() {
    OPENSSL_cleanse(&inner_, sizeof inner_);
    OPENSSL_cleanse(&outer_, sizeof outer_);
  }
  PreparedHmac(const PreparedHmac&) = delete;
  PreparedHmac& operator=(const PreparedHmac&) = delete;

  void compute(std::string_view bytes, unsigned char* digest) const {
    typename Hash::State state = inner_;
    Hash::add(state, bytes.data(), bytes.size());
    Hash::end(state, digest);
    state = outer_;
    Hash::add(state, digest, kSize);
    Hash::end(state, digest);
  }

 private:
  using Block = std::array<unsigned char, 64>;

  static void begin_with(typename Hash::State& state, Block key, unsigned char pad) {
    for (unsigned char& byte : key) byte ^= pad;
    Hash::begin(state);
    Hash::add(state, key.data(), key.size());
    OPENSSL_cleanse(key.data(), key.size());
  }

  typename Hash::State inner_, outer_;
};

}  // namespace

std::uint32_t crc32_posix_without_length(std::string_view bytes) {
  std::uint32_t crc = 0;
  for (const char c : bytes) {
    crc = (crc << 8U) ^ kCrcTable[(crc >> 24U) ^ static_cast<unsigned char>(c)];
  }
  return ~crc;
}

struct KeyedDigest::Hmac {
  Hmac(DigestMethod method, std::string_view secret) {
    if (method == DigestMethod::kMd5) {
      prepared.emplace<PreparedHmac<Md5>>(secret);
    } else {
      prepared.emplace<PreparedHmac<Sha1>>(secret);
    }
  }
  std::variant<std::monostate, PreparedHmac<Md5>, PreparedHmac<Sha1>> prepared;
};

KeyedDigest::KeyedDigest(DigestMethod method, std::string_view secret)
    : method_(method),
      hmac_(method == DigestMethod::kCrc ? nullptr : std::make_unique<Hmac>(method, secret)) {}

KeyedDigest::~KeyedDigest() = default;
KeyedDigest::KeyedDigest(KeyedDigest&&) noexcept = default;
KeyedDigest& KeyedDigest::operator=(KeyedDigest&&) noexcept = default;

DigestText KeyedDigest::compute(std::string_view bytes) const {
  DigestText digest;
  if (!hmac_) {
    char* const begin = digest.text_.data();
    const auto end =
        std::to_chars(begin, begin + DigestText::kLongest, crc32_posix_without_length(bytes), 16);
    digest.size_ = static_cast<std::size_t>(end.ptr - begin);
    return digest;
  }
  std::array<unsigned char, DigestText::kLongest / 2> raw{};
  std::size_t size = 0;
  if (const auto* sha1 = std::get_if<PreparedHmac<Sha1>>(&hmac_->prepared)) {
    sha1->compute(bytes, raw.data());
    size = sha1->kSize;
  } else if (const auto* md5 = std::get_if<PreparedHmac<Md5>>(&hmac_->prepared)) {
    md5->compute(bytes, raw.data());
    size = md5->kSize;
  }
  for (std::size_t i = 0; i < size; ++i) {
    digest.text_[2 * i] = kHexDigits[raw[i] >> 4U];
    digest.text_[2 * i + 1] = kHexDigits[raw[i] & 15U];
  }
  digest.size_ = 2 * size;
  return digest;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace hb::wire
