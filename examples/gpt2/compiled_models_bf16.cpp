#include "compiled_models.hpp"

template std::span<const gpt2_program::CompiledModel>
gpt2_program::compiled_models<tfm::precision::bf16>();
