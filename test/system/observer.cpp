// hb_observer: a third host's view of service addresses.
//
// Asks for each address by ARP at a fixed spacing and reports who answers and when, one line an
// event, on stdout; times are CLOCK_MONOTONIC in nanoseconds, those of the answers themselves:
//
//   ready <t>                     the first question has been sent
//   up    <t> <address> <mac>     this station has begun to answer
//   down  <t> <address> <mac>     it has stopped: its last answer came at t (reported later)
//   garp  <t> <address> <mac> <request|reply>   a gratuitous ARP for the address was seen
//
// With --echo it asks by ICMP echo through the kernel's neighbour table instead, as a client would
// that remembers where the address was; the station is then called `echo`, and t is the instant at
// which the answered question was sent. With --udp it asks the same way, by datagrams to a service
// that each node runs (--answer NAME) and that tells its name: the station is called by that name.
//
// A station counts as silent after a number of questions without an answer from it (--patience),
// not after a time: when this program is starved of CPU it asks nothing and so accuses nobody.
// With --realtime it goes before ordinary programs, for tests that starve those.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Nanoseconds = std::int64_t;
using Mac = std::array<std::uint8_t, ETH_ALEN>;
using Address = std::uint32_t;  // IPv4, network byte order

constexpr Mac kEveryone = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

Nanoseconds now() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return Nanoseconds{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
}

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "hb_observer: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

std::string text(Address address) {
  std::array<char, INET_ADDRSTRLEN> out{};
  inet_ntop(AF_INET, &address, out.data(), out.size());
  return out.data();
}

std::string text(const Mac& mac) {
  std::array<char, 18> out{};
  std::snprintf(out.data(), out.size(), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
                mac[3], mac[4], mac[5]);
  return out.data();
}

// Turns single answers into intervals during which a station answered.
class Stations {
 public:
  explicit Stations(unsigned patience) : patience_(patience) {}

  void asked(Address address) {
    for (auto& [key, station] : stations_) {
      if (key.first != address || !station.up) continue;
      if (++station.unanswered <= patience_) continue;
      station.up = false;
      report("down", station.last_answer, key);
    }
  }

  void answered(Address address, const std::string& name, Nanoseconds at) {
    const Key key{address, name};
    Station& station = stations_[key];
    if (!station.up) report("up", at, key);
    station = {.up = true, .unanswered = 0, .last_answer = std::max(at, station.last_answer)};
  }

 private:
  using Key = std::pair<Address, std::string>;
  struct Station {
    bool up = false;
    unsigned unanswered = 0;
    Nanoseconds last_answer = 0;
  };

  static void report(const char* what, Nanoseconds at, const Key& key) {
    std::printf("%s %lld %s %s\n", what, static_cast<long long>(at), text(key.first).c_str(),
                key.second.c_str());
  }

  unsigned patience_;
  std::map<Key, Station> stations_;
};

// Where questions go out and answers come in.
class Prober {
 public:
  virtual void ask(Address address) = 0;
  // Reads everything that has arrived.
  virtual void collect(Stations& stations) = 0;
  [[nodiscard]] virtual int descriptor() const = 0;

 protected:
  ~Prober() = default;
};

class ArpProber final : public Prober {
 public:
  ArpProber(const std::string& interface, std::vector<Address> addresses)
      : addresses_(std::move(addresses)), socket_(socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ARP))) {
    if (socket_ < 0) die("packet socket");
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    if (ioctl(socket_, SIOCGIFHWADDR, &request) != 0) die("hardware address");
    std::memcpy(own_mac_.data(), request.ifr_hwaddr.sa_data, own_mac_.size());
    if (ioctl(socket_, SIOCGIFINDEX, &request) != 0) die("interface index");
    destination_.sll_family = AF_PACKET;
    destination_.sll_protocol = htons(ETH_P_ARP);
    destination_.sll_ifindex = request.ifr_ifindex;
    destination_.sll_halen = ETH_ALEN;
    std::memcpy(destination_.sll_addr, kEveryone.data(), ETH_ALEN);
    if (bind(socket_, reinterpret_cast<const sockaddr*>(&destination_), sizeof destination_) != 0)
      die("bind");
    if (ioctl(socket_, SIOCGIFADDR, &request) != 0) die("own address");
    sockaddr_in own{};
    std::memcpy(&own, &request.ifr_addr, sizeof own);
    own_address_ = own.sin_addr.s_addr;
  }

  void ask(Address address) override {
    ether_arp question{};
    question.ea_hdr = {htons(ARPHRD_ETHER), htons(ETH_P_IP), ETH_ALEN, 4, htons(ARPOP_REQUEST)};
    std::memcpy(question.arp_sha, own_mac_.data(), ETH_ALEN);
    std::memcpy(question.arp_spa, &own_address_, 4);
    std::memcpy(question.arp_tpa, &address, 4);
    // A full queue or a link that is down loses a question; the next one follows at once.
    static_cast<void>(sendto(socket_, &question, sizeof question, MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&destination_),
                             sizeof destination_));
  }

  void collect(Stations& stations) override {
    ether_arp packet{};
    while (recv(socket_, &packet, sizeof packet, MSG_DONTWAIT) == ssize_t{sizeof packet}) {
      const Nanoseconds at = now();
      Address sender = 0;
      Address target = 0;
      Mac mac{};
      std::memcpy(&sender, packet.arp_spa, 4);
      std::memcpy(&target, packet.arp_tpa, 4);
      std::memcpy(mac.data(), packet.arp_sha, ETH_ALEN);
      if (std::ranges::find(addresses_, sender) == addresses_.end()) continue;
      const bool is_reply = packet.arp_op == htons(ARPOP_REPLY);
      if (sender == target) {
        std::printf("garp %lld %s %s %s\n", static_cast<long long>(at), text(sender).c_str(),
                    text(mac).c_str(), is_reply ? "reply" : "request");
      } else if (is_reply) {
        stations.answered(sender, text(mac), at);
      }
    }
  }

  [[nodiscard]] int descriptor() const override { return socket_; }

 private:
  std::vector<Address> addresses_;
  int socket_;
  Mac own_mac_{};
  Address own_address_ = 0;
  sockaddr_ll destination_{};
};

class EchoProber final : public Prober {
 public:
  EchoProber() : socket_(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)) {
    if (socket_ < 0) die("raw socket");
  }

  void ask(Address address) override {
    Question question{};
    question.header.type = ICMP_ECHO;
    question.header.un.echo.id = id_;
    question.sent = now();
    question.header.checksum = checksum(question);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = address;
    static_cast<void>(sendto(socket_, &question, sizeof question, MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&to), sizeof to));
  }

  void collect(Stations& stations) override {
    struct {
      iphdr ip;
      Question answer;
    } packet{};
    while (recv(socket_, &packet, sizeof packet, MSG_DONTWAIT) > 0) {
      if (packet.ip.ihl != sizeof packet.ip / 4 || packet.answer.header.type != ICMP_ECHOREPLY ||
          packet.answer.header.un.echo.id != id_)
        continue;
      stations.answered(packet.ip.saddr, "echo", packet.answer.sent);
    }
  }

  [[nodiscard]] int descriptor() const override { return socket_; }

 private:
  struct [[gnu::packed]] Question {
    icmphdr header;
    Nanoseconds sent;
  };

  static std::uint16_t checksum(const Question& question) {
    std::array<std::uint16_t, sizeof question / 2> words{};
    std::memcpy(words.data(), &question, sizeof question);
    std::uint32_t sum = 0;
    for (const std::uint16_t word : words) sum += word;
    sum = (sum >> 16) + (sum & 0xffff);
    return static_cast<std::uint16_t>(~(sum + (sum >> 16)));
  }

  int socket_;
  std::uint16_t id_ = htons(static_cast<std::uint16_t>(getpid()));
};

constexpr std::uint16_t kServicePort = 7777;
constexpr std::size_t kLongestName = 32;

// A question as it travels, and its answer: the same with the name of who answers.
struct [[gnu::packed]] Datagram {
  std::uint32_t asker;  // two observers on one host do not take each other's answers
  Nanoseconds sent;
  std::array<char, kLongestName> name;
};

class DatagramProber final : public Prober {
 public:
  DatagramProber() : socket_(socket(AF_INET, SOCK_DGRAM, 0)) {
    if (socket_ < 0) die("datagram socket");
  }

  void ask(Address address) override {
    const Datagram question{.asker = asker_, .sent = now(), .name = {}};
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(kServicePort);
    to.sin_addr.s_addr = address;
    // Nobody may have the address just now: that error is the answer to an earlier question.
    static_cast<void>(sendto(socket_, &question, sizeof question, MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&to), sizeof to));
  }

  void collect(Stations& stations) override {
    Datagram answer{};
    sockaddr_in from{};
    socklen_t length = sizeof from;
    while (recvfrom(socket_, &answer, sizeof answer, MSG_DONTWAIT,
                    reinterpret_cast<sockaddr*>(&from), &length) == ssize_t{sizeof answer}) {
      answer.name.back() = '\0';
      if (answer.asker == asker_)
        stations.answered(from.sin_addr.s_addr, answer.name.data(), answer.sent);
    }
  }

  [[nodiscard]] int descriptor() const override { return socket_; }

 private:
  int socket_;
  std::uint32_t asker_ = static_cast<std::uint32_t>(getpid());
};

// The service that --udp asks. The answer leaves from the address that the question went to.
[[noreturn]] void answer_datagrams(const std::string& name) {
  const int service = socket(AF_INET, SOCK_DGRAM, 0);
  if (service < 0) die("datagram socket");
  const int on = 1;
  if (setsockopt(service, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0) die("IP_PKTINFO");
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_port = htons(kServicePort);
  if (bind(service, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) die("bind");
  for (;;) {
    Datagram datagram{};
    sockaddr_in from{};
    std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
    iovec content{.iov_base = &datagram, .iov_len = sizeof datagram};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (recvmsg(service, &message, 0) != ssize_t{sizeof datagram}) continue;
    name.copy(datagram.name.data(), datagram.name.size() - 1);
    // What came in as the address of the question goes out as the source of the answer.
    if (cmsghdr* header = CMSG_FIRSTHDR(&message);
        header != nullptr && header->cmsg_type == IP_PKTINFO) {
      reinterpret_cast<in_pktinfo*>(CMSG_DATA(header))->ipi_ifindex = 0;
    }
    static_cast<void>(sendmsg(service, &message, MSG_DONTWAIT));
  }
}

void go_before_ordinary_programs() {
  sched_param parameters{};
  parameters.sched_priority = 50;
  // Where that is forbidden the observer still works, only less punctually.
  static_cast<void>(sched_setscheduler(0, SCHED_FIFO, &parameters));
}

enum class Means { kArp, kEcho, kDatagram };

struct Options {
  std::string interface = "eth0";
  Nanoseconds spacing = 2'000'000;
  unsigned patience = 5;
  Means means = Means::kArp;
  bool realtime = false;
  std::string answer_as;  // not empty: answer instead of asking
  std::vector<Address> addresses;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--echo") {
      options.means = Means::kEcho;
    } else if (word == "--udp") {
      options.means = Means::kDatagram;
    } else if (word == "--realtime") {
      options.realtime = true;
    } else if (word == "--answer" && i + 1 < argc) {
      options.answer_as = argv[++i];
    } else if (word == "--interface" && i + 1 < argc) {
      options.interface = argv[++i];
    } else if (word == "--spacing-us" && i + 1 < argc) {
      options.spacing = std::max(100L, std::atol(argv[++i])) * 1000;
    } else if (word == "--patience" && i + 1 < argc) {
      options.patience = static_cast<unsigned>(std::clamp(std::atoi(argv[++i]), 1, 1000));
    } else if (Address address = 0; inet_pton(AF_INET, argv[i], &address) == 1) {
      options.addresses.push_back(address);
    } else {
      std::fprintf(stderr,
                   "usage: hb_observer [--echo | --udp] [--interface NAME] [--spacing-us N] "
                   "[--patience N] [--realtime] ADDRESS...\n"
                   "       hb_observer --answer NAME [--realtime]\n");
      std::exit(2);
    }
  }
  return options;
}

[[noreturn]] void observe(Prober& prober, const Options& options) {
  Stations stations(options.patience);
  Nanoseconds next = now();
  std::printf("ready %lld\n", static_cast<long long>(next));
  for (;;) {
    for (const Address address : options.addresses) {
      stations.asked(address);
      prober.ask(address);
    }
    // A round that came late is not made up for: a burst of questions would look like silence.
    next = std::max(next + options.spacing, now());
    for (Nanoseconds left = next - now(); left > 0; left = next - now()) {
      pollfd ready{.fd = prober.descriptor(), .events = POLLIN, .revents = 0};
      const timespec wait{.tv_sec = 0, .tv_nsec = left};
      if (ppoll(&ready, 1, &wait, nullptr) > 0) prober.collect(stations);
    }
    prober.collect(stations);
  }
}

}  // namespace

int main(int argc, char** argv) {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  const Options options = parse(argc, argv);
  if (options.realtime) go_before_ordinary_programs();
  if (!options.answer_as.empty()) answer_datagrams(options.answer_as);
  switch (options.means) {
    case Means::kArp: {
      ArpProber prober(options.interface, options.addresses);
      observe(prober, options);
    }
    case Means::kEcho: {
      EchoProber prober;
      observe(prober, options);
    }
    case Means::kDatagram: {
      DatagramProber prober;
      observe(prober, options);
    }
  }
}
