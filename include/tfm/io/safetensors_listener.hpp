#pragma once

/// \file
/// The grammar of a safetensors header, as a listener to the events of a JSON parser.
///
/// Read event by event rather than into a tree, which could take fifty times the size of a hostile
/// header; the header is refused where it first goes wrong.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../tensor/dtype.hpp"
#include "diagnostics.hpp"
#include "json_events.hpp"
#include "safetensors_entry.hpp"

#include "../hide_macros.hpp"

namespace tfm {
inline namespace TFM_BUILD_NAMESPACE {
namespace detail {

/// The parser's listener. Each event either fits what the format allows
/// at this place or ends the parse with `problem()` set.
class SafeTensorsListener final : public JsonListener {
public:
    bool scalar(const JsonScalar& value) override
    {
        if (value.kind == JsonKind::string) return string(value.text);
        if (value.kind == JsonKind::fraction) return refuse("the number " + in_quotes(value.text));
        if (value.kind != JsonKind::natural) return refuse(name(value.kind));
        if (value.natural > std::numeric_limits<std::size_t>::max())
            return refuse("a number too large");
        if (place_ == Place::shape) return add_extent(static_cast<std::size_t>(value.natural));
        if (place_ == Place::offsets) return add_offset(static_cast<std::size_t>(value.natural));
        return refuse("a number");
    }

    bool begin_object() override
    {
        if (place_ == Place::before) return enter(Place::file);
        if (place_ == Place::tensor_value) return start_tensor();
        if (place_ == Place::metadata_object) return enter(Place::metadata);
        return refuse("an object");
    }

    bool end_object() override
    {
        if (place_ == Place::tensor) return end_tensor();
        // The only other objects that can end here are __metadata__ and the header itself.
        return enter(place_ == Place::metadata ? Place::file : Place::after);
    }

    bool begin_list() override
    {
        if (place_ == Place::shape_value) return enter(Place::shape);
        if (place_ == Place::offsets_value) return enter(Place::offsets);
        return refuse("a list");
    }

    bool end_list() override
    {
        if (place_ == Place::offsets && offsets_ != 2)
            return stop(where() + ": data_offsets: expected [begin, end], found " +
                        std::to_string(offsets_) + " numbers");
        return enter(Place::tensor);
    }

    bool key(std::string_view text) override
    {
        if (place_ == Place::tensor) return start_field(text);
        if (place_ == Place::metadata) {
            key_ = text;
            return enter(Place::metadata_value);
        }
        if (text != "__metadata__") {
            entry_ = SafeTensorsEntry{};
            entry_.name = text;
            return enter(Place::tensor_value);
        }
        if (std::exchange(has_metadata_, true)) return stop("__metadata__ is given twice");
        return enter(Place::metadata_object);
    }

    SafeTensorsHeader&& take() && noexcept { return std::move(header_); }

private:
    /// Where in the header the next event belongs; `*_value` wait for the value of a key.
    enum class Place : std::uint8_t {
        before,
        file,
        metadata_object,
        metadata,
        metadata_value,
        tensor_value,
        tensor,
        dtype,
        shape_value,
        shape,
        offsets_value,
        offsets,
        after
    };

    bool enter(Place place)
    {
        place_ = place;
        return true;
    }

    bool string(std::string_view text)
    {
        if (place_ == Place::dtype) return set_dtype(text);
        if (place_ != Place::metadata_value) return refuse("a string");
        if (header_.metadata.size() == max_safetensors_metadata)
            return stop("__metadata__: expected at most " +
                        std::to_string(max_safetensors_metadata) + " entries, found more");
        if (!header_.metadata.emplace(std::move(key_), text).second)
            return stop("__metadata__ has a key twice");
        return enter(Place::metadata);
    }

    bool refuse(std::string_view found)
    {
        return stop(where() + ": expected " + std::string(expected()) + ", found " +
                    std::string(found));
    }

    std::string where() const
    {
        switch (place_) {
        case Place::before:
        case Place::file:
        case Place::after:
            return "header";
        case Place::metadata_object:
        case Place::metadata:
            return "__metadata__";
        case Place::metadata_value:
            return "__metadata__ " + in_quotes(key_);
        case Place::dtype:
            return "tensor " + in_quotes(entry_.name) + ": dtype";
        case Place::shape_value:
        case Place::shape:
            return "tensor " + in_quotes(entry_.name) + ": shape";
        case Place::offsets_value:
            return "tensor " + in_quotes(entry_.name) + ": data_offsets";
        default:
            return "tensor " + in_quotes(entry_.name);
        }
    }

    std::string_view expected() const
    {
        switch (place_) {
        case Place::metadata_value:
        case Place::dtype:
            return "a string";
        case Place::shape_value:
            return "a list of numbers";
        case Place::offsets_value:
            return "a list of two numbers";
        case Place::shape:
        case Place::offsets:
            return "a number from 0 up";
        default:
            return "an object";
        }
    }

    bool start_tensor()
    {
        seen_ = {};
        offsets_ = 0;
        return enter(Place::tensor);
    }

    bool start_field(std::string_view field)
    {
        constexpr std::array<std::string_view, 3> fields{"dtype", "shape", "data_offsets"};
        constexpr std::array places{Place::dtype, Place::shape_value, Place::offsets_value};
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (field != fields[i]) continue;
            if (std::exchange(seen_[i], true))
                return stop(where() + ": field " + std::string(field) + " is given twice");
            return enter(places[i]);
        }
        return stop(where() + ": expected dtype, shape and data_offsets, found field " +
                    in_quotes(field));
    }

    bool set_dtype(std::string_view text)
    {
        // New types come with new versions of the format, and a tensor of one need not be used.
        entry_.dtype = file_dtype(text).value_or(FileDType::unknown);
        if (entry_.dtype == FileDType::unknown) entry_.unknown_dtype = text;
        return enter(Place::tensor);
    }

    bool add_extent(std::size_t extent)
    {
        if (entry_.shape.size() == max_safetensors_rank)
            return stop(where() + ": expected at most " + std::to_string(max_safetensors_rank) +
                        " dimensions, found more");
        entry_.shape.push_back(extent);
        return true;
    }

    bool add_offset(std::size_t offset)
    {
        if (offsets_ == 2)
            return stop(where() + ": data_offsets: expected [begin, end], found more numbers");
        (offsets_ == 0 ? entry_.begin : entry_.end) = offset;
        ++offsets_;
        return true;
    }

    bool end_tensor()
    {
        constexpr std::array<std::string_view, 3> fields{"dtype", "shape", "data_offsets"};
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (!seen_[i])
                return stop(where() + ": field " + std::string(fields[i]) + " is missing");
        }
        if (entry_.begin > entry_.end)
            return stop(where() + ": data_offsets: expected begin <= end, found " + range());
        bool const is_known = entry_.dtype != FileDType::unknown;
        auto const bytes = tensor_bytes(entry_.shape, entry_.dtype);
        if (!bytes)
            return stop(where() + ": shape " + shape_text(entry_.shape) + " has too many elements");
        if (is_known && *bytes != entry_.end - entry_.begin)
            return stop(where() + ": " + std::string(name(entry_.dtype)) + " " +
                        shape_text(entry_.shape) + " takes " + std::to_string(*bytes) +
                        " bytes, found data_offsets " + range());
        header_.entries.push_back(std::move(entry_));
        return enter(Place::file);
    }

    std::string range() const
    {
        return "[" + std::to_string(entry_.begin) + ", " + std::to_string(entry_.end) + "]";
    }

    Place place_ = Place::before;
    SafeTensorsHeader header_;
    SafeTensorsEntry entry_;     // the tensor that is open
    std::array<bool, 3> seen_{}; // its fields: dtype, shape, data_offsets
    std::size_t offsets_ = 0;    // numbers of its data_offsets so far
    std::string key_;            // of the metadata value that is awaited
    bool has_metadata_ = false;
};

} // namespace detail
} // namespace TFM_BUILD_NAMESPACE
} // namespace tfm

#include "../restore_macros.hpp"
