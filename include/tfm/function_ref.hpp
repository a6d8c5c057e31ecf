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

    /// Refers to `function`, which must outlive this object.
    template <class Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, FunctionRef> &&
             std::is_invocable_r_v<Result, Function&, Arguments...>) //
        FunctionRef(Function&& function)
    noexcept
        : object_(const_cast<void*>(static_cast<const void*>(std::addressof(function)))),
          call_([](void* object, Arguments... arguments) -> Result {
              using Object = std::remove_reference_t<Function>;
              return static_cast<Result>(
                  (*static_cast<Object*>(object))(std::forward<Arguments>(arguments)...));
          })
    {
    }

    /// Whether there is something to call.
    explicit constexpr operator bool() const noexcept { return call_ != nullptr; }

    /// Calls it.
    Result operator()(Arguments... arguments) const
    {
        return call_(object_, std::forward<Arguments>(arguments)...);
    }

private:
    void* object_ = nullptr;
    Result (*call_)(void*, Arguments...) = nullptr;
};

} // namespace tfm
