// What tfm/io/ declares, for tfm::compiled.

#include <tfm/io/json.inl.hpp>
#include <tfm/io/json_events.inl.hpp>
#include <tfm/io/mapped_file.inl.hpp>
#include <tfm/io/output_file.inl.hpp>
#include <tfm/io/safetensors.inl.hpp>
#include <tfm/io/safetensors_shards.inl.hpp>
#include <tfm/io/safetensors_writer.inl.hpp>
#include <tfm/io/tensor_index.inl.hpp>
