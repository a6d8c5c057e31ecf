# What a build can learn from a test. A preset of CMakePresets.json asks for some of these aspects
# (TFM_TEST_ASPECTS); `scripts/test --full` asks for more:
#
#   memory    reads and writes that the address sanitizer can find fault with
#   threads   work that a team of threads shares
#   isa       code that -march changes
#   drift     how far the roundings of whole models add up: much to compile for a few numbers
#   programs  what the programs of this project print
#   compiler  what a compiler accepts, makes of the hottest loops, and says of a user's mistakes
#   headers   that each header compiles alone
#   arm       64-bit Arm's dot products under qemu, which take as long as all of the rest of tests/cross
#   tree      what no flag changes: the sources' structure, the guides, other projects' builds

# Sets `result` to the aspects of the GoogleTest program `test`, folder/concept. The first rule that
# matches counts. A folder that no rule names has all that its tests could teach.
function(tfm_aspects_of result test)
    set(aspects memory threads isa)
    if(test MATCHES "(_drift|/precision_reference)$")
        set(aspects drift)
    elseif(test MATCHES "^(apps|examples)/")
        set(aspects programs)
    elseif(test MATCHES "^(tensor|text|io|eval|dispatch)/|_config$|/(load|packed)_")
        set(aspects memory)
    elseif(test STREQUAL "nn/fork")
        set(aspects memory) # the thread sanitizer lets no child of a team start threads
    elseif(test STREQUAL "nn/allocation")
        set(aspects memory) # its operator new is not the thread sanitizer's
    elseif(test MATCHES "^(any|generate)/|^nn/(choices|guest)$")
        set(aspects memory threads)
    elseif(test MATCHES "^cross/")
        set(aspects isa)
    elseif(test MATCHES "^(simd|kernels)/")
        set(aspects memory isa)
    endif()
    set(${result} ${aspects} PARENT_SCOPE)
endfunction()

# Sets `result` to whether this build asks for one of the aspects.
function(tfm_asks_for result)
    set(${result} FALSE PARENT_SCOPE)
    foreach(aspect IN LISTS ARGN)
        if(NOT TFM_TEST_ASPECTS OR aspect IN_LIST TFM_TEST_ASPECTS
                OR aspect IN_LIST TFM_TEST_MORE_ASPECTS)
            set(${result} TRUE PARENT_SCOPE)
        endif()
    endforeach()
endfunction()
