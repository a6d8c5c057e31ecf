#include "thread_limit.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <tfm/config.hpp>
#include <tfm/parallel.hpp>

namespace tfm_program {

namespace {

/// Starts up to `count` threads that live at one time, and returns how many there were.
std::size_t start_threads(std::size_t count)
{
    std::mutex mutex;
    std::condition_variable ended;
    bool may_end = false;
    std::vector<std::thread> threads;
    threads.reserve(count);
    try {
        while (threads.size() < count)
            threads.emplace_back([&] {
                std::unique_lock lock(mutex);
                ended.wait(lock, [&] { return may_end; });
            });
    } catch (const std::system_error&) { // no more can be started: those that are count
    }
    {
        std::lock_guard const lock(mutex);
        may_end = true;
    }
    ended.notify_all();
    for (std::thread& thread : threads) thread.join();
    return threads.size();
}

} // namespace

void require_threads(std::size_t threads)
{
    bool const is_default = threads == 0;
    std::string const origin = is_default ? "OMP_NUM_THREADS" : "--threads";
    std::size_t const wanted = is_default ? tfm::default_threads() : threads;
    tfm::require(wanted <= max_threads, [&] {
        return origin + ": expected at most " + std::to_string(max_threads) + " threads, found " +
               std::to_string(wanted);
    });
    if (wanted <= 1) return;
    std::size_t const others = start_threads(wanted - 1); // this one is of the team
    tfm::require(others + 1 == wanted, [&] {
        return origin + ": expected threads that the system can start, which are " +
               std::to_string(others + 1) + " at present, found " + std::to_string(wanted);
    });
}

} // namespace tfm_program
