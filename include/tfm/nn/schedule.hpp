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
    /// Fewer rows per thread than this go by columns: reading all weights for each thread's rows
    /// then costs more than the barriers do.
    static constexpr std::size_t min_rows_per_thread = 24;

    /// \param block_rows the most that a block may have.
    Schedule(Team team, std::size_t rows, std::size_t block_rows) noexcept
        : team_(team), by_columns_(team.size() > 1 && rows <= block_rows &&
                                   rows < min_rows_per_thread * team.size()),
          mine_(by_columns_ ? IndexRange{0, rows} : team.share(rows)),
          blocks_(divide_up(mine_.size(), block_rows))
    {
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
    IndexRange mine_;
    std::size_t blocks_;
};

} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm
