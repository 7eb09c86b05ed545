# Run while installing, after the last file of install-config.cmake: writes down what was put into /etc.
list(JOIN HB_CONFIG_INSTALLED "\n" hb_text)
file(WRITE "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/usr/share/heartbeat/config.md5sums" "${hb_text}\n")
