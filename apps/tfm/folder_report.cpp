#include "folder_report.hpp"

#include <algorithm>
#include <system_error>
#include <utility>
#include <variant>

#include <tfm/any/model.hpp>
#include <tfm/config.hpp>
#include <tfm/models/check_folder.hpp>
#include <tfm/models/family.hpp>
#include <tfm/models/generation_config.hpp>
#include <tfm/nn/forms.hpp>
#include <tfm/text/chat_template.hpp>

#include "tokenizer.hpp"
#include "word_pieces.hpp"

namespace tfm_program {

namespace {

namespace fs = std::filesystem;

/// What `read` puts into a part of the report, and the error that it ends with.
template <class T, class Read>
void look_at(Found<T>& part, Read read)
{
    try {
        read(part.value);
    } catch (const tfm::Error& error) {
        part.problem = error.what();
    }
}

std::vector<std::string> names_in(const fs::path& folder)
{
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; entry != end; entry.increment(error))
        names.push_back(entry->path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string architecture_in(const tfm::HuggingFaceConfig& json)
{
    auto const classes = json.find("architectures");
    if (!classes || !classes->is_list() || classes->is_empty()) return "";
    return std::string(classes->at(0).string().value_or(""));
}

DescribedModel describe_model(const tfm::HuggingFaceConfig& json)
{
    DescribedModel model{json.string("model_type").value_or("gpt2"), architecture_in(json), {}};
    if (tfm::describes_encoder(json))
        model.shape = tfm::read_encoder_family(json).shape;
    else
        model.shape = tfm::read_family(json).shape;
    return model;
}

StoredWeights describe_weights(const tfm::WeightFiles& weights)
{
    StoredWeights stored{weights.path.filename().string(), "", 0, weights.notes};
    std::size_t largest = 0;
    for (const tfm::SafeTensors& file : weights.files) {
        for (const tfm::TensorInfo& tensor : file.tensors()) {
            stored.bytes += tensor.bytes.size();
            if (tensor.bytes.size() <= largest) continue;
            largest = tensor.bytes.size();
            stored.dtype = name(tensor.dtype);
        }
    }
    return stored;
}

void require_linked(const ModelShape& shape, tfm::Precision precision, const fs::path& folder)
{
    tfm::MlpForm const form = std::visit([](const auto& s) { return s.block().mlp; }, shape);
    auto const linked = tfm::any::linked_forms(precision);
    tfm::require(std::find(linked.begin(), linked.end(), form) != linked.end(), [&] {
        return folder.string() + ": form of the MLP: expected one that this program links, found " +
               std::string(tfm::name(form));
    });
}

/// Opens the weights as loading does, and checks all that can be known of them before they are
/// read. What is known of the model by its weights is put into `model`.
void examine_weights(FolderReport& report, tfm::Precision precision)
{
    const fs::path& folder = report.folder;
    auto const examine = [&](auto opened, std::optional<StoredWeights>& stored) {
        stored = describe_weights(opened.weights);
        tfm::check_folder(opened, precision.weights);
        report.model.value->shape = opened.family.shape;
    };
    look_at(report.weights, [&](std::optional<StoredWeights>& stored) {
        if (!report.model.value) {
            stored = describe_weights(tfm::open_weight_files(folder, precision.weights));
        } else if (std::holds_alternative<tfm::EncoderShape>(report.model.value->shape)) {
            examine(tfm::open_encoder_folder(folder, precision.weights), stored);
        } else {
            examine(tfm::open_decoder_folder(folder, precision.weights), stored);
        }
        if (report.model.value) require_linked(report.model.value->shape, precision, folder);
    });
}

void examine_tokenizer(FolderReport& report, bool is_encoder)
{
    std::string files =
        is_encoder ? word_piece_files(report.folder) : tokenizer_files(report.folder);
    if (files.empty()) return;
    look_at(report.tokenizer, [&](std::optional<FolderTokenizer>& tokenizer) {
        std::size_t const vocab = is_encoder ? load_word_pieces(report.folder).vocab_size()
                                             : load_tokenizer(report.folder).vocab_size();
        tokenizer = FolderTokenizer{std::move(files), vocab};
    });
}

/// Of a decoder whose config.json is well.
void examine_end_of_text(FolderReport& report, const tfm::HuggingFaceConfig& json)
{
    auto const vocab = std::get<tfm::DecoderShape>(report.model.value->shape).vocab;
    look_at(report.end_of_text, [&](std::optional<tfm::EndOfText>& ends) {
        auto const found = find_tokenizer(report.folder);
        ends =
            tfm::find_end_of_text(tfm::read_generation_config(report.folder, vocab), json, vocab,
                                  found.tokenizer ? found.tokenizer->end_of_text() : std::nullopt);
    });
}

} // namespace

std::vector<std::string> FolderReport::problems() const
{
    std::vector<std::string> problems;
    for (const std::string* const problem :
         {&model.problem, &weights.problem, &end_of_text.problem})
        if (!problem->empty()) problems.push_back(*problem);
    return problems;
}

FolderReport examine_folder(const fs::path& folder, tfm::Precision precision)
{
    FolderReport report{folder, names_in(folder), {}, {}, {}, {}, {}};
    std::optional<tfm::HuggingFaceConfig> json;
    look_at(report.model, [&](std::optional<DescribedModel>& model) {
        json.emplace(tfm::HuggingFaceConfig::open(folder));
        model = describe_model(*json);
    });
    examine_weights(report, precision);
    bool const is_encoder =
        report.model.value && std::holds_alternative<tfm::EncoderShape>(report.model.value->shape);
    bool const has_words = !report.model.value && tokenizer_files(folder).empty();
    examine_tokenizer(report, is_encoder || has_words);
    if (is_encoder) return report;
    if (report.model.value) examine_end_of_text(report, *json);
    look_at(report.chat_format, [&](std::optional<std::string>& name) {
        if (auto const format = tfm::read_chat_format(folder)) name = std::string(format->name);
    });
    return report;
}

} // namespace tfm_program
