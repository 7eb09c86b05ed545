#include "wire/digest.h"

#include <charconv>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/assert.h"

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

struct MacFree {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
};
struct ContextFree {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MAC_CTX, ContextFree>;

Context make_hmac_context(DigestMethod method, std::string_view secret) {
  const std::unique_ptr<EVP_MAC, MacFree> mac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
  if (!mac) return nullptr;
  Context context(EVP_MAC_CTX_new(mac.get()));
  if (!context) return nullptr;
  std::string name(method == DigestMethod::kMd5 ? "MD5" : "SHA1");
  const std::array<OSSL_PARAM, 2> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
      OSSL_PARAM_construct_end()};
  const auto* key = reinterpret_cast<const unsigned char*>(secret.data());
  if (EVP_MAC_init(context.get(), key, secret.size(), parameters.data()) != 1) return nullptr;
  return context;
}

}  // namespace

std::uint32_t crc32_posix_without_length(std::string_view bytes) {
  std::uint32_t crc = 0;
  for (const char c : bytes) {
    crc = (crc << 8U) ^ kCrcTable[(crc >> 24U) ^ static_cast<unsigned char>(c)];
  }
  return ~crc;
}

struct KeyedDigest::Hmac {
  Context context;
};

KeyedDigest::KeyedDigest(DigestMethod method, std::unique_ptr<Hmac> hmac)
    : method_(method), hmac_(std::move(hmac)) {}

KeyedDigest::~KeyedDigest() = default;

std::unique_ptr<KeyedDigest> KeyedDigest::make(DigestMethod method, std::string_view secret) {
  std::unique_ptr<Hmac> hmac;
  if (method != DigestMethod::kCrc) {
    hmac = std::make_unique<Hmac>(Hmac{make_hmac_context(method, secret)});
    if (!hmac->context) return nullptr;
  }
  return std::unique_ptr<KeyedDigest>(new KeyedDigest(method, std::move(hmac)));
}

DigestText KeyedDigest::compute(std::string_view bytes) {
  DigestText digest;
  if (!hmac_) {
    char* const begin = digest.text_.data();
    const auto end =
        std::to_chars(begin, begin + DigestText::kLongest, crc32_posix_without_length(bytes), 16);
    digest.size_ = static_cast<std::size_t>(end.ptr - begin);
    return digest;
  }
  // Without a key, init goes back to the state after the key.
  EVP_MAC_CTX* const context = hmac_->context.get();
  std::array<unsigned char, DigestText::kLongest / 2> raw{};
  std::size_t size = 0;
  const bool done = EVP_MAC_init(context, nullptr, 0, nullptr) == 1 &&
                    EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(bytes.data()),
                                   bytes.size()) == 1 &&
                    EVP_MAC_final(context, raw.data(), &size, raw.size()) == 1;
  HB_ASSERT(done);  // a prepared HMAC has nothing left that can fail
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
