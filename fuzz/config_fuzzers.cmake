# The parsers of src/config; corpora in corpus/{hacf,authkeys,haresources}.
hb_add_fuzzer(hacf_fuzzer SOURCES hacf_fuzzer.cpp LINK hb_config)
hb_add_fuzzer(authkeys_fuzzer SOURCES authkeys_fuzzer.cpp LINK hb_config)
hb_add_fuzzer(haresources_fuzzer SOURCES haresources_fuzzer.cpp LINK hb_config)
