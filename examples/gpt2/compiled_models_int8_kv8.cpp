#include "compiled_models.hpp"

template std::span<const gpt2_program::CompiledModel>
gpt2_program::compiled_models<tfm::precision::int8_kv8>();
