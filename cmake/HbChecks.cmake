# Tests of the house itself: the layers, the purity of what the core stands on, the shell scripts.

if(HB_TESTS)
  add_test(NAME layers_are_kept COMMAND ${CMAKE_SOURCE_DIR}/cmake/assert-layers ${CMAKE_SOURCE_DIR})
  add_test(NAME layers_check_notices_sins COMMAND ${CMAKE_SOURCE_DIR}/cmake/assert-layers --self-test)
  add_test(NAME purity_check_notices_sins
           COMMAND ${CMAKE_SOURCE_DIR}/cmake/assert-pure --self-test ${CMAKE_CXX_COMPILER})
  add_test(NAME resource_wrappers_hand_over_their_arguments
           COMMAND ${CMAKE_SOURCE_DIR}/test/scripts/wrappers)
  add_test(NAME dev_understands_its_command_line COMMAND ${CMAKE_SOURCE_DIR}/test/scripts/dev)
  add_test(NAME mutants_still_apply_to_the_core
           COMMAND ${CMAKE_SOURCE_DIR}/test/mutants/run --check)
  if(TARGET hb_inject AND TARGET ResourceManager)
    add_test(NAME scripts_and_commands_act_as_they_should
             COMMAND ${CMAKE_SOURCE_DIR}/test/scripts/commands --hb-inject $<TARGET_FILE:hb_inject>
                     --resource-manager $<TARGET_FILE:ResourceManager>)
  endif()
  if(EXISTS ${CMAKE_SOURCE_DIR}/docs/directives.md)
    add_test(NAME manual_of_ha_cf_is_up_to_date
             COMMAND ${CMAKE_SOURCE_DIR}/docs/man/make-ha-cf --check)
  endif()
  if(EXISTS ${CMAKE_SOURCE_DIR}/cmake/HbInstall.cmake AND TARGET heartbeat)
    add_test(NAME installation_is_laid_out_and_keeps_changes
             COMMAND ${CMAKE_SOURCE_DIR}/cmake/assert-install ${CMAKE_BINARY_DIR})
  endif()
  # The core calls these two, so they must be as pure as it is; a failed assertion may say so.
  if(TARGET hb_base)
    add_test(NAME base_is_pure
             COMMAND ${CMAKE_SOURCE_DIR}/cmake/assert-pure $<TARGET_FILE:hb_base> assert.cpp.o)
  endif()
  if(TARGET hb_wire_types)
    add_test(NAME wire_types_are_pure
             COMMAND ${CMAKE_SOURCE_DIR}/cmake/assert-pure $<TARGET_FILE:hb_wire_types>)
  endif()
endif()
