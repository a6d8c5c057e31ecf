#pragma once

/// \file
/// Who computes what in a forward pass.

#include <algorithm>
#include <cstddef>

#include "../parallel.hpp"
#include "../tensor/layout.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {

/// One thread's view of how a chunk of rows is shared out.
///
/// *By columns*, for few rows: every thread takes all rows and its share of each weight's panels,
/// so that each weight is read once; a barrier follows every matmul. *By rows*, for many: every
/// thread carries its own rows, a block at a time, through whole layers with all panels, and waits
/// once a layer, before it needs the keys and values of earlier rows.
class Schedule {
public:
    /// Rows from which on the threads of a block share its conversion: a barrier costs less than
    /// each thread's converting all of them.
    static constexpr std::size_t min_shared_rows = 16;

    /// \param block_rows          the most that a block of a thread's own rows may have.
    /// \param min_rows_per_thread fewer go by columns: reading all weights for each thread's rows
    ///                            then costs more than the barriers do.
    Schedule(Team team, std::size_t rows, std::size_t block_rows,
             std::size_t min_rows_per_thread) noexcept
        : team_(team), by_columns_(team.size() > 1 &&
                                   rows <= max_rows_by_columns(team.size(), min_rows_per_thread)),
          shares_conversion_(by_columns_ && rows >= min_shared_rows),
          mine_(by_columns_ ? IndexRange{0, rows} : team.share(rows)),
          blocks_(by_columns_ ? 1 : divide_up(mine_.size(), block_rows))
    {
    }

    /// The most rows that go by columns.
    static constexpr std::size_t max_rows_by_columns(std::size_t threads,
                                                     std::size_t min_rows_per_thread) noexcept
    {
        return min_rows_per_thread * threads - 1;
    }

    /// The thread whose part this is.
    const Team& team() const noexcept { return team_; }
    /// Whether threads share columns, not rows.
    bool by_columns() const noexcept { return by_columns_; }

    /// Blocks of rows this thread carries.
    std::size_t blocks() const noexcept { return blocks_; }
    /// The rows of a block; blocks are of even size.
    IndexRange rows(std::size_t block) const noexcept
    {
        return {mine_.begin + mine_.size() * block / blocks_,
                mine_.begin + mine_.size() * (block + 1) / blocks_};
    }
    /// The panels this thread computes of a weight that has `count`.
    IndexRange panels(std::size_t count) const noexcept
    {
        return by_columns_ ? team_.share(count) : IndexRange{0, count};
    }
    /// The scratch memory for results that the threads of a block share.
    std::size_t slot() const noexcept { return by_columns_ ? 0 : team_.rank(); }

    /// The memory for a block's rows as inputs of a matmul.
    std::size_t conversion_slot() const noexcept { return shares_conversion_ ? 0 : team_.rank(); }
    /// Which of `count` rows of a block this thread converts.
    IndexRange conversions(std::size_t count) const noexcept
    {
        return shares_conversion_ ? team_.share(count) : IndexRange{0, count};
    }
    /// Before reading what was converted.
    void sync_conversion() const noexcept
    {
        if (shares_conversion_) team_.barrier();
    }

    /// Before reading what other threads computed of the same rows.
    void sync_block() const noexcept
    {
        if (by_columns_) team_.barrier();
    }
    /// Before reading what other threads computed of any rows.
    void sync_all() const noexcept { team_.barrier(); }

private:
    Team team_;
    bool by_columns_;
    bool shares_conversion_;
    IndexRange mine_;
    std::size_t blocks_;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
