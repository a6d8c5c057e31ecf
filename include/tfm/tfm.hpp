#pragma once

/// \file
/// All of tfm.

#include "config.hpp"
#include "generate/generate.hpp"
#include "generate/sampler.hpp"
#include "io/float_reader.hpp"
#include "io/gpt2_config.hpp"
#include "io/safetensors.hpp"
#include "io/safetensors_writer.hpp"
#include "kernels/attention.hpp"
#include "kernels/embedding.hpp"
#include "kernels/gelu.hpp"
#include "kernels/layer_norm.hpp"
#include "kernels/matmul.hpp"
#include "kernels/pack.hpp"
#include "kernels/softmax.hpp"
#include "models/gpt2.hpp"
#include "models/load.hpp"
#include "nn/decoder.hpp"
#include "nn/forward.hpp"
#include "parallel.hpp"
#include "simd/build_info.hpp"
#include "tensor/tensor.hpp"
#include "text/byte_pair_encoder.hpp"
#include "text/utf8.hpp"
