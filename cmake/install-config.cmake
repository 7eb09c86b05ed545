# Run while installing, once for each file of HB_CONFIG_…: puts HB_CONFIG_SOURCE to HB_CONFIG_DESTINATION
# (below DESTDIR and the prefix) with HB_CONFIG_MODE, unless an administrator has changed what stands
# there; then ours is laid beside it as NAME.hb-new. Unchanged means: equal to what our last
# installation put there (its manifest), or to what the 3.0.6 package of Debian did (the list beside us).

cmake_policy(VERSION 3.25)

set(hb_root "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")
set(hb_target "${hb_root}/${HB_CONFIG_DESTINATION}")
set(hb_manifest "${hb_root}/usr/share/heartbeat/config.md5sums")
file(MD5 "${HB_CONFIG_SOURCE}" hb_new)
list(APPEND HB_CONFIG_INSTALLED "${hb_new}  /${HB_CONFIG_DESTINATION}")

set(hb_write TRUE)
if(EXISTS "${hb_target}")
  file(MD5 "${hb_target}" hb_there)
  set(hb_known "")
  foreach(list IN ITEMS "${hb_manifest}" "${CMAKE_CURRENT_LIST_DIR}/debian-3.0.6.md5sums")
    if(EXISTS "${list}")
      file(STRINGS "${list}" hb_lines)
      list(APPEND hb_known ${hb_lines})
    endif()
  endforeach()
  if(NOT hb_there STREQUAL hb_new AND NOT "${hb_there}  /${HB_CONFIG_DESTINATION}" IN_LIST hb_known)
    set(hb_write FALSE)
  endif()
endif()

if(hb_write)
  set(hb_destination "${hb_target}")
  message(STATUS "Installing: ${hb_target}")
else()
  set(hb_destination "${hb_target}.hb-new")
  message(STATUS "Kept, for it was changed: ${hb_target}")
  message(STATUS "Beside it, ours: ${hb_destination}")
endif()
get_filename_component(hb_folder "${hb_destination}" DIRECTORY)
file(MAKE_DIRECTORY "${hb_folder}")
file(COPY_FILE "${HB_CONFIG_SOURCE}" "${hb_destination}")
if(HB_CONFIG_MODE EQUAL 755)
  file(CHMOD "${hb_destination}" PERMISSIONS
       OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
else()
  file(CHMOD "${hb_destination}" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endif()
