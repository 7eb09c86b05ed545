# Lays files where Debian's heartbeat 3.0.6 has them, so that scripts, units and habits go on working.
# The paths are interfaces, hence the prefix is / and DESTDIR chooses another root:
#
#   DESTDIR=/tmp/tree cmake --install build/release        (or ./dev install /tmp/tree)
#
# Never touched: ha.cf, authkeys and haresources of the machine (examples go to the documentation), and
# scripts in /etc that the administrator has changed (ours lies beside them as NAME.hb-new).

if(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
  set(CMAKE_INSTALL_PREFIX "/" CACHE PATH "Paths of heartbeat are fixed; use DESTDIR" FORCE)
endif()

set(HB_LIBEXEC usr/libexec/heartbeat)
set(HB_SHARE usr/share/heartbeat)
set(HB_DOC usr/share/doc/heartbeat)
set(HB_PACKAGING ${CMAKE_SOURCE_DIR}/packaging)
set(HB_SCRIPTS ${CMAKE_SOURCE_DIR}/scripts)

# hb_install_config(<source> <destination> [PROGRAM]): a file in /etc that an administrator may change.
function(hb_install_config source destination)
  cmake_parse_arguments(ARG "PROGRAM" "" "" ${ARGN})
  set(mode 644)
  if(ARG_PROGRAM)
    set(mode 755)
  endif()
  install(CODE "
    set(HB_CONFIG_SOURCE \"${source}\")
    set(HB_CONFIG_DESTINATION \"${destination}\")
    set(HB_CONFIG_MODE ${mode})
    include(\"${CMAKE_SOURCE_DIR}/cmake/install-config.cmake\")")
endfunction()

# hb_install_config_folder(<source folder> <destination folder>): all scripts of a folder.
function(hb_install_config_folder source destination)
  file(GLOB scripts CONFIGURE_DEPENDS ${source}/*)
  foreach(script IN LISTS scripts)
    get_filename_component(name ${script} NAME)
    if(name MATCHES "[.]md$|^hto-mapfuncs$|^CMakeLists[.]txt$")
      continue()
    endif()
    hb_install_config(${script} ${destination}/${name} PROGRAM)
  endforeach()
endfunction()

# --- programs -------------------------------------------------------------------------------------

foreach(program IN ITEMS heartbeat hba_inquiry hb_keeper)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${HB_LIBEXEC})
  endif()
endforeach()
install(PROGRAMS ${HB_SCRIPTS}/load-watchdog DESTINATION ${HB_LIBEXEC})
foreach(tool IN ITEMS ResourceManager hb_inject hb_standby hb_takeover hb_address hb_fence_confirm ha_propagate hb_addnode hb_delnode
                      hb_setweight hb_setsite mach_down req_resource)
  if(TARGET ${tool})
    install(TARGETS ${tool} RUNTIME DESTINATION ${HB_SHARE})
  elseif(EXISTS ${HB_SCRIPTS}/${tool})
    install(PROGRAMS ${HB_SCRIPTS}/${tool} DESTINATION ${HB_SHARE})
  endif()
endforeach()
if(TARGET ha_logd)
  install(TARGETS ha_logd RUNTIME DESTINATION usr/lib/heartbeat)
  install(TARGETS ha_logger RUNTIME DESTINATION usr/sbin)
endif()
if(TARGET cl_status)
  install(TARGETS cl_status RUNTIME DESTINATION usr/bin)
endif()
install(FILES ${HB_SCRIPTS}/ocf-wrapper DESTINATION ${HB_SHARE})

# --- /etc -----------------------------------------------------------------------------------------

install(DIRECTORY DESTINATION etc/ha.d/conf)
hb_install_config(${HB_PACKAGING}/README.config etc/ha.d/README.config)
if(EXISTS ${HB_SCRIPTS}/harc)
  hb_install_config(${HB_SCRIPTS}/harc etc/ha.d/harc PROGRAM)
endif()
hb_install_config_folder(${HB_SCRIPTS}/rc.d etc/ha.d/rc.d)
hb_install_config_folder(${HB_SCRIPTS}/resource.d etc/ha.d/resource.d)
hb_install_config(${HB_SCRIPTS}/resource.d/hto-mapfuncs etc/ha.d/resource.d/hto-mapfuncs)
hb_install_config(${HB_PACKAGING}/heartbeat.init etc/init.d/heartbeat PROGRAM)
hb_install_config(${HB_PACKAGING}/heartbeat.logrotate etc/logrotate.d/heartbeat)
hb_install_config(${HB_PACKAGING}/heartbeat.logcheck etc/logcheck/ignore.d.server/heartbeat)
hb_install_config(${HB_PACKAGING}/logd.cf etc/logd.cf)
hb_install_config(${HB_PACKAGING}/logd.init etc/init.d/logd PROGRAM)
install(CODE "
  set(link \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/etc/heartbeat\")
  if(NOT EXISTS \"\${link}\" AND NOT IS_SYMLINK \"\${link}\")
    file(CREATE_LINK ha.d \"\${link}\" SYMBOLIC)
  endif()")

# --- services and state ---------------------------------------------------------------------------

install(FILES ${HB_PACKAGING}/heartbeat.service ${HB_PACKAGING}/logd.service DESTINATION lib/systemd/system)
install(FILES ${HB_PACKAGING}/heartbeat.catalog DESTINATION usr/lib/systemd/catalog)
install(FILES ${HB_PACKAGING}/heartbeat.tmpfiles DESTINATION usr/lib/tmpfiles.d RENAME heartbeat.conf)
install(FILES ${HB_PACKAGING}/heartbeat.sysusers DESTINATION usr/lib/sysusers.d RENAME heartbeat.conf)
install(DIRECTORY DESTINATION var/lib/heartbeat)
install(DIRECTORY DESTINATION var/lib/heartbeat/cores)
install(DIRECTORY DESTINATION var/lib/heartbeat/cores/root DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)

# --- documentation --------------------------------------------------------------------------------

install(FILES ${HB_PACKAGING}/doc/ha.cf ${HB_PACKAGING}/doc/haresources ${HB_PACKAGING}/doc/authkeys
              ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/LICENSE
        DESTINATION ${HB_DOC} OPTIONAL)
foreach(page IN ITEMS directives.md logging.md messages.md rc.d-and-harc.md)
  if(EXISTS ${CMAKE_SOURCE_DIR}/docs/${page})
    install(FILES ${CMAKE_SOURCE_DIR}/docs/${page} DESTINATION ${HB_DOC})
  endif()
endforeach()
foreach(section IN ITEMS 1 5 8)
  file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/man/*.${section})
  if(pages)
    install(FILES ${pages} DESTINATION usr/share/man/man${section})
  endif()
endforeach()

# What this installation put into /etc, so that the next one knows what the administrator changed.
install(CODE "include(\"${CMAKE_SOURCE_DIR}/cmake/install-config-manifest.cmake\")")
