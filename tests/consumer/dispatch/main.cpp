/// \file
/// Runs the tiny model on the best instruction set of this CPU and prints which that is.
/// usage: dispatched FOLDER; exits 2 where no instruction set can be chosen.

#include <cstdio>

#include "tiny_model.hpp"

namespace {

/// Errors of the model's code arrive as the type they were thrown as.
bool throws_what_it_says()
{
    try {
        tiny_model().error("no such folder");
    } catch (const tfm::Error&) {
        return true;
    }
    return false;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) return 2;
    try {
        const tfm::IsaChoice& choice = tiny_model_choice();
        double const error = tiny_model().error(argv[1]);
        bool const right = error < 1e-4 && tiny_model().level() == choice.level &&
                           &tiny_model_choice() == &choice && throws_what_it_says();
        std::printf("%s\n%s\n%s\nlogits off by %.1e: %s\n", choice.level.data(),
                    tiny_model().isa().data(), choice.why_not_more.c_str(), error,
                    right ? "ok" : "wrong");
        return right ? 0 : 1;
    } catch (const tfm::Error& problem) {
        std::fprintf(stderr, "%s\n", problem.what());
        return 2;
    }
}
