#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hb::core {

enum class Severity : std::uint8_t { kCritical, kError, kWarning, kNotice, kInfo, kDebug };

// Everything that the core has to say to an operator. Each has one row in notes.cpp: severity, text
// with places for its arguments, what it means and what to do.
enum class NoteId : std::uint16_t {
  // liveness
  kStatusUpdate,
  kLinkUp,
  kLinkDead,
  kNodeDead,
  kPingNodeDead,
  kLateHeartbeat,
  kLateBeyondDeadtime,
  kLapse,
  kLapseBeyondDeadtime,
  kNodeRestarted,
  kNodeReturned,
  // sequence
  kReplay,
  kStrangerIgnored,
  kPingFromNode,
  kPacketLost,
  kGapTooLarge,
  kTooManyMissing,
  kBadRetransmitRequest,
  kFlowControlOff,
  // membership
  kLocalStatus,
  kCommunicationUp,
  kNodeListDiffers,
  kNodeJoined,
  kNodeAdded,
  kNodeDeleted,
  kNodeNotAdded,
  kDeleteRefused,
  kDeletedHere,
  kWeightSet,
  kSiteSet,
  kUuidChanged,
  kOurNameTaken,
  kSameName,
  kSameUuid,
  kConfigDiffers,
  kPeerWithoutTcp,
  // resources
  kInitialAcquisition,
  kRemoteStable,
  kLocalStable,
  kResourceStatus,
  kTakeover,
  kOwnAcquired,
  kTakeoverComplete,
  kDeadNodeHeldNothing,
  kNoFencing,
  kShutdownNotice,
  kBothOwn,
  kNobodyOwns,
  kYield,
  kKeepTowardsOldPeer,
  kFailback,
  kStartGroup,
  kStopGroup,
  kGroupTaken,
  kGroupReleased,
  kStartFailed,
  kGroupFailed,
  kGroupMoved,
  kGroupStuck,
  kGroupRetry,
  kStopRetry,
  kStopNotCompliant,
  kStopFailed,
  kLeftover,
  // fencing
  kFenceNeeded,
  kFenced,
  kFenceFailed,
  kFenceCancelled,
  kFenceLate,
  kFenceConfirmedByOperator,
  kFenceConfirmationRefused,
  kFenceDidNotWork,
  // standby
  kStandbyWanted,
  kStandbyGiving,
  kStandbyGiven,
  kStandbyTaking,
  kStandbyTaken,
  kStandbyOtherDone,
  kStandbyNoReply,
  kStandbyRefused,
  kStandbyBusy,
  kStandbyCancelled,
  kStandbyUnexpected,
  kTakeoverAsked,
  // shutdown
  kShutdownBegins,
  kShutdownUnderway,
  kRelinquished,
  kShutdownComplete,
  // supervision
  kClientStarting,
  kClientRespawn,
  kClientTooFast,
  kClientNotStarted,
  kClientFinished,
  kClientFailed,
  kClientStopping,
  kClientStopped,
  kClientKilled,
  kClientStuck,
};

// One line for the log, as data: the shell renders it.
struct Note {
  NoteId id;
  std::vector<std::string> arguments;

  friend bool operator==(const Note&, const Note&) = default;
};

struct NoteKind {
  NoteId id;
  Severity severity;
  std::string_view name;         // stable identifier, for filters and `explain`
  std::string_view text;         // {name} is a place, see base/message_text.h
  std::string_view explanation;  // what it means, what to do
};

[[nodiscard]] const NoteKind& kind(NoteId id);
[[nodiscard]] std::string render(const Note& note);
// All of them, in the order of their ids.
[[nodiscard]] std::span<const NoteKind> note_kinds();

}  // namespace hb::core
