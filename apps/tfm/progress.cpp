#include "progress.hpp"

#include <cstdio>
#include <utility>

#include "standard_streams.hpp"

namespace tfm_program {

namespace {
constexpr std::chrono::milliseconds patience{500};
constexpr std::chrono::milliseconds interval{100};
} // namespace

Progress::Progress(std::string label)
    : label_(std::move(label)), enabled_(is_terminal(stderr)), next_(Clock::now() + patience)
{
}

Progress::~Progress()
{
    if (visible_) std::fputs("\r\033[K", stderr);
}

void Progress::show()
{
    if (enabled_) write(label_ + " ...");
}

void Progress::update(std::size_t done, std::size_t total)
{
    if (!enabled_ || total == 0 || Clock::now() < next_) return;
    next_ = Clock::now() + interval;
    write(label_ + " " + std::to_string(100 * done / total) + " %");
}

void Progress::write(const std::string& line)
{
    visible_ = true;
    std::fputs(("\r" + line + "\033[K").c_str(), stderr);
}

} // namespace tfm_program
