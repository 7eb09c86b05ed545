# The model of a 3.0.6 node; nothing of it is linked to the node that it models.
hb_add_library(hb_sim_old SOURCES old_peer.cpp old_resources.cpp old_scripts.cpp PUBLIC hb_core)
target_include_directories(hb_sim_old PUBLIC ${CMAKE_SOURCE_DIR}/test)

find_package(nlohmann_json REQUIRED)
hb_add_test(old_peer_test SOURCES old_peer_test.cpp
  LINK hb_sim_old hb_wire nlohmann_json::nlohmann_json)
