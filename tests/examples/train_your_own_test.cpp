/// \file
/// examples/train_your_own: what PyTorch trained and exported there gives PyTorch's logits here.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tfm/nn/forward.hpp>

#include "../../examples/train_your_own/my_model.hpp"
#include "../io/scratch_folder.hpp"
#include "../models/reference_file.hpp"
#include "../nn/small_model.hpp"

namespace {

using namespace tfm;
using namespace tfm::testing;

TEST(TrainYourOwn, GivesPyTorchsLogits)
{
    std::string const has_torch = "'" TFM_PYTHON "' -c 'import importlib.util as i, sys; "
                                  "sys.exit(i.find_spec(\"torch\") is None)'";
    if (std::system(has_torch.c_str()) != 0) GTEST_SKIP() << "no PyTorch";
    tfm_test::ScratchFolder const scratch;
    auto const script =
        std::filesystem::path(TFM_TEST_DATA) / "../../examples/train_your_own/model.py";
    std::string const command = "PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 '" TFM_PYTHON "' '" +
                                script.string() + "' --output '" + scratch.path().string() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0);

    auto const model = load_weights<my_shape>(scratch.path(), my_names);
    SafeTensors const file = SafeTensors::open(scratch / "expected.safetensors");
    auto const tokens = read_numbers<Token, std::int64_t>(file, "tokens");
    auto const expected = read_numbers<float, float>(file, "logits");
    EXPECT_LT(relative_difference(expected, all_logits<my_shape>(model, tokens)), 1e-4);
}

} // namespace
