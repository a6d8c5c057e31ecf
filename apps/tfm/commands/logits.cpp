#include <cstddef>
#include <span>

#include <tfm/io/safetensors_writer.hpp>

#include "../commands.hpp"
#include "../interrupt.hpp"
#include "../opened_model.hpp"
#include "../progress.hpp"
#include "../report.hpp"
#include "../session_group.hpp"

namespace tfm_program {

void run(const LogitsCommand& command)
{
    OpenedModel const model = open_model(command.model, tokenizer_for(command.prompt));
    Prompt const prompt = model.read_prompt(command.prompt);
    std::size_t const rows = command.all ? prompt.tokens.size() : 1;
    std::size_t const vocab = model.shape.vocab;

    {
        // Whether it can be written is worth knowing before the weights are read.
        tfm::OutputFile const attempt(command.output);
    }
    auto const weights = model.load();
    InterruptGuard const guard;
    tfm::SafeTensorsWriter file(command.output, {{"logits", tfm::FileDType::F32, {rows, vocab}}});
    Progress progress("computing logits");
    std::size_t done = 0;
    SessionGroup session(*weights, {.sessions = 1,
                                    .positions = prompt.tokens.size(),
                                    .threads = command.model.threads,
                                    .max_rows = 128});
    session.forward(prompt.tokens, command.all ? tfm::Logits::all : tfm::Logits::last,
                    [&](std::span<const float> row) {
                        file.append("logits", std::as_bytes(row));
                        InterruptGuard::check();
                        progress.update(++done, rows);
                    });
    file.finish();
    if (!command.json) return;
    JsonObject object;
    object["output"] = command.output;
    object["model"] = model.folder.string();
    object["precision"] = command.model.precision;
    object["prompt_tokens"] = prompt.tokens;
    object["rows"] = rows;
    object["vocab"] = vocab;
    object["peak_rss_bytes"] = peak_resident_bytes();
    add_build(object, command.model.threads);
    print_json(object);
}

} // namespace tfm_program
