#pragma once

/// \file
/// Checkpoints that tests take apart, change and write again.

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <tfm/io/safetensors.hpp>

#include "../io/safetensors_text.hpp"
#include "../io/scratch_folder.hpp"

namespace tfm::testing {

/// A tensor as a file has it, of a type that need not be known.
struct FileTensor {
    std::string name;
    std::string dtype;
    std::vector<std::size_t> shape;
    std::string bytes;
};

inline std::vector<FileTensor> read_tensors(const std::filesystem::path& path)
{
    SafeTensors const file = SafeTensors::open(path);
    std::vector<FileTensor> tensors;
    for (const TensorInfo& tensor : file.tensors())
        tensors.push_back({tensor.name, std::string(name(tensor.dtype)), tensor.shape,
                           tfm_test::text_of(tensor.bytes)});
    return tensors;
}

inline FileTensor& tensor_named(std::span<FileTensor> tensors, const std::string& name)
{
    for (FileTensor& tensor : tensors)
        if (tensor.name == name) return tensor;
    fail("the test expected a tensor " + name);
}

/// A safetensors file of these.
inline std::string file_of(std::span<const FileTensor> tensors)
{
    std::string header;
    std::string data;
    for (const FileTensor& tensor : tensors) {
        std::string shape;
        for (std::size_t const extent : tensor.shape)
            shape += (shape.empty() ? "" : ",") + std::to_string(extent);
        header += (header.empty() ? "{\"" : ",\"") + tensor.name + "\":{\"dtype\":\"" +
                  tensor.dtype + "\",\"shape\":[" + shape + "],\"data_offsets\":[" +
                  std::to_string(data.size()) + "," +
                  std::to_string(data.size() + tensor.bytes.size()) + "]}";
        data += tensor.bytes;
    }
    return tfm_test::safetensors_text(header + "}", data);
}

/// The same tensors in as many files as there are, beside each other in the folder, and their
/// index.
inline void write_shards(const tfm_test::ScratchFolder& folder, std::span<const FileTensor> tensors,
                         std::size_t count)
{
    std::string weight_map;
    for (std::size_t shard = 0; shard < count; ++shard) {
        std::size_t const begin = shard * tensors.size() / count;
        std::size_t const end = (shard + 1) * tensors.size() / count;
        std::string const name = "model-" + std::to_string(shard) + ".safetensors";
        folder.write(name, file_of(tensors.subspan(begin, end - begin)));
        for (const FileTensor& tensor : tensors.subspan(begin, end - begin))
            weight_map += (weight_map.empty() ? "\"" : ",\"") + tensor.name + "\":\"" + name + "\"";
    }
    folder.write("model.safetensors.index.json",
                 R"({"metadata":{"total_size":1},"weight_map":{)" + weight_map + "}}");
}

/// A float tensor in doubles.
inline FileTensor in_doubles(const FileTensor& tensor)
{
    FileTensor result = tensor;
    result.dtype = "F64";
    result.bytes.clear();
    for (std::size_t at = 0; at < tensor.bytes.size(); at += sizeof(float)) {
        float number;
        std::memcpy(&number, tensor.bytes.data() + at, sizeof number);
        auto const wide = static_cast<double>(number);
        result.bytes.append(reinterpret_cast<const char*>(&wide), sizeof wide);
    }
    return result;
}

} // namespace tfm::testing
