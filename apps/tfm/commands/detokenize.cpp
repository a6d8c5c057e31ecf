#include "../commands.hpp"
#include "../model_folder.hpp"
#include "../report.hpp"
#include "../standard_streams.hpp"
#include "../token_ids.hpp"
#include "../tokenizer.hpp"

namespace tfm_program {

void run(const DetokenizeCommand& command)
{
    tfm::Tokenizer const tokenizer = load_tokenizer(find_model_folder(command.folder));
    auto const ids =
        parse_token_ids(read_standard_input(), "standard input", tokenizer.vocab_size());
    std::string const text = tokenizer.decode(ids);
    if (command.json) {
        JsonObject object;
        object["bytes"] = text.size();
        object["count"] = ids.size();
        object["text"] = text;
        return print_json(object);
    }
    print(text);
    flush_output();
}

} // namespace tfm_program
