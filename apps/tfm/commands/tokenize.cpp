#include "../commands.hpp"
#include "../model_folder.hpp"
#include "../progress.hpp"
#include "../report.hpp"
#include "../standard_streams.hpp"
#include "../token_ids.hpp"
#include "../tokenizer.hpp"

namespace tfm_program {

namespace {
constexpr std::size_t long_text = 10'000'000;
}

void run(const TokenizeCommand& command)
{
    tfm::Tokenizer const tokenizer = load_tokenizer(find_model_folder(command.folder));
    std::string const text = read_standard_input();
    std::vector<std::int32_t> ids;
    {
        Progress progress("tokenizing " + human_bytes(text.size()));
        if (text.size() > long_text) progress.show();
        ids = tokenizer.encode(text);
    }
    if (command.json) {
        JsonObject object;
        object["bytes"] = text.size();
        object["count"] = ids.size();
        object["tokens"] = ids;
        return print_json(object);
    }
    print(format_token_ids(ids));
    print("\n");
    flush_output();
}

} // namespace tfm_program
