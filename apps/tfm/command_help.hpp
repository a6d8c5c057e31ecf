#pragma once

/// \file
/// What the help of each command says below its options.

namespace tfm_program::help {

inline constexpr const char* generate =
    R"(Streams the prompt and its continuation; without a tokenizer, the ids of the continuation.
What is not given of -n and the options of sampling is what the folder's generation_config.json says
(with do_sample false the most likely token is taken), or else the number in parentheses. Ends after
-n tokens, when the context is full, before a --stop text, after --max-time, or at a token that ends
texts, by generation_config.json, or else config.json, or else the tokenizer.
--json: prompt_tokens and tokens (ids), text (the continuation), stop_reason, the sampling and
where it is from, not_implemented (fields of generation_config.json), seed, load_ms, ttft_ms (prompt
to first token), tpot_ms (mean of the others), tokens_per_s (1000 / tpot_ms), peak_rss_bytes, build
and threads; logprobs (for each token logprob, and likeliest: token and logprob). With
--num-return-sequences these fields are of the first, and samples has those of all.

Example:
  tfm generate --prompt "Once upon a time" -n 100 --seed 1
  tfm generate -p "Once upon a time" --min-p 0.05 --repetition-penalty 1.1 --stop "The end"
  tfm generate --model my-chat-model --chat --system "Be brief." --prompt "Who are you?")";

inline constexpr const char* classify =
    R"(Reads a text, or a pair of texts, with BERT or DistilBERT and prints a line for each label, the
likeliest first: its probability and its name by config.json. Models of values have no
probabilities; their outputs are printed as they are.
--json: label (the likeliest), labels, logits and probabilities in the order of the labels, tokens,
types, model, precision, peak_rss_bytes, build and threads.

Example:
  tfm classify --model my-distilbert --prompt "What a lovely tale")";

inline constexpr const char* embed =
    R"(Reads a text, or a pair of texts, with BERT or DistilBERT and prints the features of the last
layer, a line for each row:
  --pooling mean     the mean of all tokens (default)
  --pooling first    the first token, [CLS]
  --pooling pooler   the first token behind the model's pooler
  --pooling tokens   every token, a row each
--json: embeddings (a list for each row) unless --output has them, rows, width, pooling, tokens,
types, model, precision, peak_rss_bytes, build and threads.

Example:
  tfm embed --model my-bert --prompt "Once upon a time" --json)";

inline constexpr const char* tokenize =
    R"(Takes any bytes and prints decimal ids separated by blanks, those that the folder's files put
around a text, such as <s>, among them. Takes the folders of encoders, too, whose tokens have no
places in the text.
--json: bytes, count and tokens (ids), with --pieces also pieces (id, token, begin, end).

Example:
  echo -n "Once upon a time" | tfm tokenize --pieces)";

inline constexpr const char* detokenize =
    R"(Takes decimal ids separated by commas or white space and prints the bytes they stand for.

Example:
  echo "1,2,3" | tfm detokenize)";

inline constexpr const char* logits = R"(Example:
  tfm logits --tokens 1,2,3 --all --output logits.safetensors)";

inline constexpr const char* info =
    R"(Looks at every part of a folder by itself, without reading weights: which weights and tokenizer
would be used, what ends a text and which file says so, the format of conversations, and what is
missing or refused and why. Where something keeps the model from running, the exit status is 2.
Memory is that of the packed weights, and for decoders of the KV cache of one session over the
whole context, and of the workspace (the arena of activations). An encoder's parameters are those
of its body, without what a task adds.

Example:
  tfm info --shape xl --json)";

inline constexpr const char* init =
    R"(The same on every machine, for measuring where nothing can be downloaded. From a named shape, or
from a config.json of any family, which is copied. Encoders get a classifier with the labels of
their config.json.

Example:
  tfm init --shape small --seed 1 --output build/random-small
  tfm init --config my-llama/config.json --output build/random-llama)";

inline constexpr const char* pack =
    R"(The folder written takes the place of the model's own in every command: its weights are
mapped and used where they lie, without being read and packed at every start. int8 weights serve
--precision int8_weights and int8_kv8 too.

Example:
  tfm pack --precision int8 --output build/tales-int8)";

inline constexpr const char* perplexity =
    R"(Perplexity is e to the mean of minus the logarithm of each token's probability. A window scores
the tokens that none before it has read, but not its own first; the larger the stride, the fewer
tokens precede those scored and the sooner it is done.
The interval is a bootstrap's over blocks of 64 tokens; there is none where fewer than 65 are scored.
--json: perplexity, perplexity_interval, nats_per_token, scored_tokens, tokens_per_s, bootstrap;
model, precision, text, tokens, window, stride, peak_rss_bytes, build and threads.

Example:
  tfm perplexity --text README.md --stride 128)";

inline constexpr const char* compare =
    R"(The candidate is --model in --precision, the reference --model-against in --against; both read the
same tokens, those of the candidate's tokenizer, in the windows of tfm perplexity. Prints
  both perplexities and their ratio, with intervals as of tfm perplexity;
  the absolute differences of the logits: mean, median (to a thousandth) and largest, also over
  the standard deviation of the reference's logits;
  the Kullback-Leibler divergence from the reference's distribution of the next token;
  how often both have the same most likely token, and the share of the reference's five
  likeliest that are among the candidate's.
--json: candidate and reference, perplexity_ratio, perplexity_ratio_interval, kl_mean, kl_max,
top1_agreement, top5_agreement, logit_drift; text, windows and build as of tfm perplexity.

Example:
  tfm compare --model-against other-model --text README.md --json)";

inline constexpr const char* bench =
    R"(Measures, with each number of threads:
  start_to_first_token           a new process, from its start to the first token after 8
  peak_rss                       the most memory that process had
  prompt/tokens:N                a prompt, to the logits of its last token
  decode/context:N               one token after N others, the mean of 8
  batch/sessions:S/context:N     one token of each of S sessions in one pass, likewise
  generate/prompt:8/tokens:256   256 tokens, always the most likely
  extend/sessions:S/past:N/tokens:M/logits:L
                                 M tokens more of each of S sessions that have N; takes long,
                                 left out where --only does not match it
and prints the median (least-most) of the rounds beside a limit measured in the same rounds:
the time to read all weights and the cached keys and values at the machine's read bandwidth, or
to do the multiplications and additions at its FMA peak, whichever is longer; for peak_rss, the
weights. What does not fit the model's context is left out.
--json: results, each with name, threads, unit, median, min, max, limit, limit_by,
percent_of_limit and tokens_per_s; limits per number of threads; skipped; model, shape, precision,
build, rounds.

Example:
  tfm bench --threads 1,2 --only 'decode|prompt')";

} // namespace tfm_program::help
