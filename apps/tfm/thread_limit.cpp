#include "thread_limit.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <tfm/config.hpp>

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
    if (threads <= 1) return;
    std::size_t const others = start_threads(threads - 1); // this one is of the team
    tfm::require(others + 1 == threads, [&] {
        return "--threads: expected threads that the system can start, which are " +
               std::to_string(others + 1) + " at present, found " + std::to_string(threads);
    });
}

} // namespace tfm_program
