#pragma once

/// \file
/// `FunctionRef`: somebody else's function object, called without a template and without a copy.

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace tfm {

template <class Signature>
class FunctionRef;

/// A function object for the duration of a call, like C++26's `std::function_ref`: two pointers, so
/// that what calls back is compiled once and not for each lambda. It may be empty.
template <class Result, class... Arguments>
class FunctionRef<Result(Arguments...)> {
public:
    /// Empty: not to be called.
    constexpr FunctionRef() noexcept = default;
    /// Empty: not to be called.
    constexpr FunctionRef(std::nullptr_t) noexcept {}

    /// Refers to `function`, which must outlive this object; empty where it is an empty
    /// `std::function` or the like.
    template <class Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, FunctionRef> &&
             !std::is_function_v<std::remove_pointer_t<std::remove_cvref_t<Function>>> &&
             std::is_invocable_r_v<Result, Function&, Arguments...>) //
        FunctionRef(Function&& function)
    noexcept
    {
        if constexpr (std::is_constructible_v<std::remove_cvref_t<Function>, std::nullptr_t>) {
            if (!function) return;
        }
        target_.object = const_cast<void*>(static_cast<const void*>(std::addressof(function)));
        call_ = [](Target target, Arguments... arguments) -> Result {
            using Object = std::remove_reference_t<Function>;
            return static_cast<Result>(
                (*static_cast<Object*>(target.object))(std::forward<Arguments>(arguments)...));
        };
    }

    /// Calls `function`; empty where it is null.
    template <class R, class... A>
    requires std::is_invocable_r_v<Result, R (*)(A...), Arguments...>
    FunctionRef(R (*function)(A...))
    noexcept
    {
        if (function == nullptr) return;
        target_.function = reinterpret_cast<void (*)()>(function);
        call_ = [](Target target, Arguments... arguments) -> Result {
            auto* const call = reinterpret_cast<R (*)(A...)>(target.function);
            return static_cast<Result>(call(std::forward<Arguments>(arguments)...));
        };
    }

    /// Whether there is something to call.
    explicit constexpr operator bool() const noexcept { return call_ != nullptr; }

    /// Calls it.
    Result operator()(Arguments... arguments) const
    {
        return call_(target_, std::forward<Arguments>(arguments)...);
    }

private:
    /// A function need not fit into a pointer to objects.
    union Target {
        void* object = nullptr;
        void (*function)();
    };

    Target target_ = {};
    Result (*call_)(Target, Arguments...) = nullptr;
};

} // namespace tfm
