# The parsers of src/config and what compares their values; corpora in corpus/{hacf,authkeys,haresources,difference}.
hb_add_fuzzer(hacf_fuzzer SOURCES hacf_fuzzer.cpp LINK hb_config)
hb_add_fuzzer(authkeys_fuzzer SOURCES authkeys_fuzzer.cpp LINK hb_config)
hb_add_fuzzer(haresources_fuzzer SOURCES haresources_fuzzer.cpp LINK hb_config)
hb_add_fuzzer(difference_fuzzer SOURCES difference_fuzzer.cpp LINK hb_config)
hb_add_fuzzer(logdcf_fuzzer SOURCES logdcf_fuzzer.cpp LINK hb_config)
