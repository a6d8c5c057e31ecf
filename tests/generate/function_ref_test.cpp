/// \file
/// References to what somebody else can call.

#include <functional>

#include <gtest/gtest.h>
#include <tfm/function_ref.hpp>

namespace {

using tfm::FunctionRef;

int twice(int x) { return 2 * x; }

int call(FunctionRef<int(int)> function, int x) { return function ? function(x) : -1; }

TEST(FunctionRef, CallsLambdasFunctionsAndObjects)
{
    int calls = 0;
    EXPECT_EQ(call(
                  [&](int x) {
                      ++calls;
                      return x + 1;
                  },
                  3),
              4);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(call(twice, 3), 6);
    EXPECT_EQ(call(&twice, 3), 6);
    std::function<int(int)> const thrice = [](int x) { return 3 * x; };
    EXPECT_EQ(call(thrice, 3), 9);
}

TEST(FunctionRef, IsEmptyWhereThereIsNothingToCall)
{
    int (*const none)(int) = nullptr;
    EXPECT_EQ(call({}, 3), -1);
    EXPECT_EQ(call(nullptr, 3), -1);
    EXPECT_EQ(call(none, 3), -1);
    EXPECT_EQ(call(std::function<int(int)>(), 3), -1);
}

TEST(FunctionRef, ChangesTheObjectThatItRefersTo)
{
    struct Counter {
        int count = 0;
        void operator()() { ++count; }
    } counter;
    FunctionRef<void()> const reference = counter;
    reference();
    reference();
    EXPECT_EQ(counter.count, 2);
}

} // namespace
