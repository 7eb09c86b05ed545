#include "io/process/resource_agents.h"

#include <gtest/gtest.h>

#include "base/resource_script.h"
#include "base/text.h"
#include "io/net/test_network.h"
#include "io/process/script_files.h"
#include "io/process/test_directory.h"

namespace hb::io {
namespace {

class ResourceAgentsTest : public NetworkTest {
 protected:
  void SetUp() override {
    NetworkTest::SetUp();
    runner_ = std::make_unique<ProcessRunner>(loop);
    addresses_ = std::make_unique<ServiceAddresses>(loop, monitor());
    ResourceAgents::Directories directories;
    directories.scripts = {files / "resource.d", files / "init.d"};
    directories.ocf_instances = files / "conf/OCF";
    directories.ocf_root = files / "ocf";
    directories.working = "/";
    agents_ = std::make_unique<ResourceAgents>(*runner_, *addresses_, directories, limits);
    agents_->on_output([this](const ResourceSpec&, AgentOp, OutputStream, std::string_view line) {
      output.emplace_back(line);
    });
  }

  ResourceAgents& agents() { return *agents_; }

  static ResourceSpec resource(const std::string& script, std::vector<std::string> arguments = {}) {
    std::string text = script;
    for (const std::string& argument : arguments) text += "::" + argument;
    return {script, std::move(arguments), text};
  }

  AgentOutcome run(const ResourceSpec& spec, AgentOp op) {
    std::optional<AgentOutcome> outcome;
    agents().run(spec, op, [&](const AgentOutcome& result) { outcome = result; });
    EXPECT_FALSE(outcome) << "called back from within";
    EXPECT_TRUE(run_until([&] { return outcome.has_value(); })) << spec.text;
    return outcome.value_or(AgentOutcome{});
  }

  TestDirectory files;
  ResourceAgents::TimeLimits limits;
  std::vector<std::string> output;

 private:
  std::unique_ptr<ProcessRunner> runner_;
  std::unique_ptr<ServiceAddresses> addresses_;
  std::unique_ptr<ResourceAgents> agents_;
};

TEST_F(ResourceAgentsTest, ScriptsGetTheirArgumentsThenTheOperation) {
  files.script("resource.d/web", "echo \"$# $*\"; echo to the log >&2");
  EXPECT_EQ(run(resource("web", {"x", "y"}), AgentOp::kStart).kind, AgentResult::kSuccess);
  std::sort(output.begin(), output.end());
  EXPECT_EQ(output, (std::vector<std::string>{"3 x y start", "to the log"}));
}

TEST_F(ResourceAgentsTest, ResourceDirectoryWinsOverInitScripts) {
  files.script("init.d/web", "echo init");
  EXPECT_EQ(agents().locate(resource("web")), files / "init.d/web");
  files.write("resource.d/web", "not executable");
  EXPECT_EQ(agents().locate(resource("web")), files / "init.d/web");
  files.script("resource.d/web", "echo resource");
  EXPECT_EQ(agents().locate(resource("web")), files / "resource.d/web");
}

TEST_F(ResourceAgentsTest, WhatIsNotThereIsNotFound) {
  const AgentOutcome outcome = run(resource("none"), AgentOp::kStop);
  EXPECT_EQ(outcome.kind, AgentResult::kNotFound);
  EXPECT_EQ(outcome.detail, "Cannot locate resource script none");
  EXPECT_EQ(run(resource("../resource.d/web"), AgentOp::kStop).kind, AgentResult::kNotFound);
}

TEST_F(ResourceAgentsTest, AScriptMayLieInAFolderBelowResourceD) {
  files.script("resource.d/sub/web", "echo \"$*\"");
  EXPECT_EQ(run(resource("sub/web", {"x"}), AgentOp::kStart).kind, AgentResult::kSuccess);
  EXPECT_EQ(output, std::vector<std::string>{"x start"});
  EXPECT_EQ(run(resource("sub/../web"), AgentOp::kStart).kind, AgentResult::kNotFound);
}

TEST_F(ResourceAgentsTest, AFailedStartTellsCodeAndLastLine) {
  files.script("resource.d/web", "echo port is taken; exit 3");
  const AgentOutcome outcome = run(resource("web"), AgentOp::kStart);
  EXPECT_EQ(outcome.kind, AgentResult::kFailed);
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.detail, "exit code 3: port is taken");
}

TEST_F(ResourceAgentsTest, StatusIsReadFromStandardOutputOnly) {
  files.script("resource.d/web", "echo running >&2");
  EXPECT_EQ(run(resource("web"), AgentOp::kStatus).kind, AgentResult::kStopped);
  files.script("resource.d/web", "echo running");
  EXPECT_EQ(run(resource("web"), AgentOp::kStatus).kind, AgentResult::kRunning);
  EXPECT_TRUE(output.empty()) << "status only answers";
}

TEST_F(ResourceAgentsTest, AScriptThatHangsIsEnded) {
  files.script("resource.d/web", "sleep 600");
  ResourceAgents::TimeLimits brief;
  brief.start = std::chrono::milliseconds(50);
  agents().set_time_limits(brief);
  EXPECT_EQ(run(resource("web"), AgentOp::kStart).kind, AgentResult::kTimedOut);
}

TEST_F(ResourceAgentsTest, AScriptThatTakesLongIsToldOnce) {
  files.script("resource.d/web", "[ $1 = stop ] || sleep 0.3");
  ResourceAgents::TimeLimits impatient;
  impatient.slow = std::chrono::milliseconds(50);
  impatient.status = impatient.slow;
  agents().set_time_limits(impatient);
  std::vector<std::string> slow;
  agents().on_slow([&](const ResourceSpec& resource, AgentOp op, Duration after) {
    EXPECT_EQ(after, impatient.slow);
    slow.push_back(resource.text + " " + std::string(word(op)));
  });
  EXPECT_EQ(run(resource("web"), AgentOp::kStart).kind, AgentResult::kSuccess);
  EXPECT_EQ(run(resource("web"), AgentOp::kStop).kind, AgentResult::kSuccess);
  EXPECT_EQ(run(resource("web"), AgentOp::kStatus).kind, AgentResult::kTimedOut);
  EXPECT_EQ(slow, std::vector<std::string>{"web start"});
}

TEST_F(ResourceAgentsTest, AScriptWithoutInterpreterLineIsRunByTheShell) {
  files.write("resource.d/web", "echo \"$*\"\n", 0755);
  EXPECT_EQ(run(resource("web", {"x"}), AgentOp::kStart).kind, AgentResult::kSuccess);
  EXPECT_EQ(output, std::vector<std::string>{"x start"});
}

TEST_F(ResourceAgentsTest, TheEnvironmentIsWhatWasSetAndAPath) {
  files.script("resource.d/web", "/usr/bin/env | /usr/bin/sort");
  agents().set_environment({{"HA_CURHOST", "ada"}});
  run(resource("web"), AgentOp::kStart);
  EXPECT_EQ(output,
            (std::vector<std::string>{
                "HA_CURHOST=ada",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PWD=/"}));
}

TEST_F(ResourceAgentsTest, AddressesNeedNoScript) {
  const auto address = resource("IPaddr2", {"192.0.2.7/24/left"});
  EXPECT_EQ(agents().locate(address), "built in");
  EXPECT_EQ(run(address, AgentOp::kStatus), (AgentOutcome{AgentResult::kStopped, 7, ""}));
  EXPECT_EQ(run(address, AgentOp::kStart),
            (AgentOutcome{AgentResult::kSuccess, 0, "prefix 24 on left"}));
  EXPECT_EQ(run(address, AgentOp::kStatus), (AgentOutcome{AgentResult::kRunning, 0, "on left"}));
  EXPECT_EQ(run(address, AgentOp::kStop).kind, AgentResult::kSuccess);
  EXPECT_EQ(run(address, AgentOp::kStatus).kind, AgentResult::kStopped);
}

TEST_F(ResourceAgentsTest, AnIpv6AddressMayComeInPieces) {
  const auto address = resource("IPv6addr", {"fd77", "150/64/left"});
  EXPECT_EQ(run(address, AgentOp::kStart).kind, AgentResult::kSuccess);
  EXPECT_EQ(run(address, AgentOp::kStatus).kind, AgentResult::kRunning);
  EXPECT_EQ(run(address, AgentOp::kStop).kind, AgentResult::kSuccess);
}

TEST_F(ResourceAgentsTest, ABadAddressIsAFailureThatSaysWhy) {
  const AgentOutcome outcome = run(resource("IPaddr", {"192.0.2.7/99"}), AgentOp::kStart);
  EXPECT_EQ(outcome.kind, AgentResult::kFailed);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.detail,
            "IPaddr::192.0.2.7/99: \"99\" should be a prefix length from 0 to 32 or a mask such as "
            "255.255.255.0");
}

TEST_F(ResourceAgentsTest, AScriptOfTheAdministratorTakesThePlaceOfTheBuiltIn) {
  files.script("resource.d/IPaddr2", "echo mine \"$*\"");
  EXPECT_EQ(agents().locate(resource("IPaddr2")), files / "resource.d/IPaddr2");
  run(resource("IPaddr2", {"192.0.2.7"}), AgentOp::kStart);
  EXPECT_EQ(output, std::vector<std::string>{"mine 192.0.2.7 start"});
}

TEST_F(ResourceAgentsTest, OurOwnScriptDoesNot) {
  files.script("resource.d/IPaddr2", std::string(kBuiltInMarker) + "\nexec hb_address");
  EXPECT_EQ(agents().locate(resource("IPaddr2")), "built in");
  files.script("resource.d/IPaddr2", "echo '" + std::string(kBuiltInMarker) + "'");
  EXPECT_EQ(agents().locate(resource("IPaddr2")), files / "resource.d/IPaddr2");
}

TEST_F(ResourceAgentsTest, OcfAgentsGetTheirParametersAndMonitor) {
  files.script("ocf/resource.d/acme/db",
               "echo \"$1 $OCF_RESKEY_port $OCF_RESOURCE_INSTANCE $OCF_ROOT\"; "
               "[ \"$1\" != monitor ] || exit 7");
  files.write("conf/OCF/db/main", "OCF_RESKEY_port=5432\n");
  const auto database = resource("OCF", {"db", "main"});
  EXPECT_EQ(run(database, AgentOp::kStart).kind, AgentResult::kSuccess);
  EXPECT_EQ(output, std::vector<std::string>{"start 5432 main " + (files / "ocf")});
  EXPECT_EQ(run(database, AgentOp::kStatus).kind, AgentResult::kStopped);
  files.script("ocf/resource.d/acme/db", "exit 0");
  EXPECT_EQ(run(database, AgentOp::kStatus).kind, AgentResult::kRunning)
      << "here the exit code decides";
}

TEST_F(ResourceAgentsTest, OcfMistakesAreNamed) {
  EXPECT_EQ(run(resource("OCF", {"db", "main"}), AgentOp::kStart).kind, AgentResult::kNotFound);
  EXPECT_EQ(run(resource("OCF"), AgentOp::kStart).detail,
            "OCF should be OCF::<agent>[::<instance>]");
  files.script("ocf/resource.d/acme/db", "exit 0");
  EXPECT_EQ(run(resource("OCF", {"db"}), AgentOp::kStart).kind, AgentResult::kSuccess);
  EXPECT_EQ(run(resource("OCF", {"db", "main"}), AgentOp::kStart).detail,
            "read " + (files / "conf/OCF/db/main") + ": No such file or directory");
  files.write("conf/OCF/db/main", "reboot\n");
  EXPECT_EQ(run(resource("OCF", {"db", "main"}), AgentOp::kStart).detail,
            (files / "conf/OCF/db/main") +
                ":1: \"reboot\" should be NAME=value; $, ` and \\ in single quotes, nothing behind "
                "it");
}

}  // namespace
}  // namespace hb::io
