// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a small but complete language model as GGUF version 3: the llama architecture with a
 * vocabulary of words and seeded weights, four megabytes in all.  It says nothing sensible; it is
 * here because a runtime must read all of it, and answers differently when a tensor changes.  The
 * same seed gives the same file, so two seeds are two different models.
 *
 * usage: make-model FILE [SEED]
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum gguf_type {
	GGUF_UINT32 = 4,
	GGUF_INT32 = 5,
	GGUF_FLOAT32 = 6,
	GGUF_STRING = 8,
	GGUF_ARRAY = 9
};
enum token_type { TOKEN_NORMAL = 1, TOKEN_UNKNOWN = 2, TOKEN_CONTROL = 3, TOKEN_BYTE = 6 };

enum {
	EMBEDDING = 128,
	FEED_FORWARD = 384,
	HEADS = 4,
	LAYERS = 4,
	CONTEXT = 512,
	SPECIALS = 3,
	BYTES = 256,
	ALIGNMENT = 32, /* what a reader assumes when general.alignment is absent */
	TENSOR_F32 = 0,
	MAX_TENSORS = 3 + 9 * LAYERS,
};

static const char *const words[] = {
	"a",	  "above",  "acts",    "after",	 "again",   "all",    "among", "and",	 "arch",
	"are",	  "at",	    "bank",    "beam",	 "before",  "behind", "below", "beside", "big",
	"bird",	  "boat",   "bolt",    "book",	 "both",    "bread",  "brick", "bridge", "bright",
	"builds", "but",    "by",      "calm",	 "carries", "city",   "clear", "closes", "cloud",
	"coast",  "cold",   "comes",   "copper", "crosses", "dark",   "day",   "deep",	 "door",
	"down",	  "draws",  "each",    "early",	 "earth",   "east",   "empty", "ends",	 "every",
	"falls",  "far",    "field",   "finds",	 "fire",    "five",   "floor", "flows",	 "follows",
	"for",	  "forest", "four",    "from",	 "garden",  "gate",   "gives", "glass",	 "goes",
	"gold",	  "good",   "grain",   "grass",	 "green",   "grows",  "half",  "hall",	 "harbour",
	"has",	  "hears",  "heavy",   "high",	 "hill",    "holds",  "home",  "house",	 "ice",
	"in",	  "inner",  "iron",    "is",	 "island",  "it",     "keeps", "key",	 "lake",
	"lamp",	  "large",  "late",    "leaf",	 "leaves",  "left",   "light", "line",	 "little",
	"long",	  "looks",  "low",     "makes",	 "many",    "meets",  "metal", "mild",	 "mill",
	"moon",	  "more",   "morning", "moves",	 "narrow",  "near",   "never", "new",	 "night",
	"no",	  "north",  "not",     "now",	 "of",	    "old",    "on",    "one",	 "open",
	"opens",  "or",	    "other",   "outer",	 "over",    "own",    "paper", "passes", "path",
	"plain",  "quiet",  "rain",    "reads",	 "red",	    "rests",  "right", "rises",	 "river",
	"road",	  "roof",   "room",    "round",	 "runs",    "salt",   "same",  "sand",	 "sea",
	"sees",	  "seven",  "shade",   "sharp",	 "ship",    "shore",  "short", "shuts",	 "side",
	"silver", "sings",  "six",     "sky",	 "sleeps",  "slow",   "small", "snow",	 "some",
	"sound",  "south",  "speaks",  "spring", "stands",  "star",   "stays", "steel",	 "stone",
	"stream", "street", "strong",  "summer", "sun",	    "takes",  "tall",  "ten",	 "than",
	"that",	  "the",    "then",    "there",	 "they",    "thin",   "this",  "three",	 "through",
	"time",	  "to",	    "tower",   "town",	 "tree",    "turns",  "two",   "under",	 "until",
	"up",	  "valley", "wakes",   "walks",	 "wall",    "warm",   "water", "west",	 "when",
	"where",  "white",  "wide",    "wind",	 "window",  "winter", "with",  "wood",	 "works",
	"yellow", "young",
};

enum { WORDS = sizeof(words) / sizeof(words[0]), VOCABULARY = SPECIALS + BYTES + WORDS };

struct tensor {
	char name[40];
	uint64_t columns, rows; /* rows 0: a vector */
};

struct writer {
	FILE *file;
	uint64_t random;
};

static void put(struct writer *w, const void *bytes, size_t n)
{
	if (fwrite(bytes, 1, n, w->file) != n) {
		perror("make-model: write");
		exit(1);
	}
}

static void put_u32(struct writer *w, uint32_t v)
{
	put(w, &v, sizeof(v));
}

static void put_u64(struct writer *w, uint64_t v)
{
	put(w, &v, sizeof(v));
}

static void put_f32(struct writer *w, float v)
{
	put(w, &v, sizeof(v));
}

static void put_string(struct writer *w, const char *s)
{
	put_u64(w, strlen(s));
	put(w, s, strlen(s));
}

static void put_key(struct writer *w, const char *key, enum gguf_type type)
{
	put_string(w, key);
	put_u32(w, type);
}

static void put_key_string(struct writer *w, const char *key, const char *value)
{
	put_key(w, key, GGUF_STRING);
	put_string(w, value);
}

static void put_key_u32(struct writer *w, const char *key, uint32_t value)
{
	put_key(w, key, GGUF_UINT32);
	put_u32(w, value);
}

static void put_key_array(struct writer *w, const char *key, enum gguf_type type, uint64_t n)
{
	put_key(w, key, GGUF_ARRAY);
	put_u32(w, type);
	put_u64(w, n);
}

/* splitmix64: no libm and no libc generator, so that every machine writes the same bytes. */
static float weight(struct writer *w, float scale)
{
	uint64_t z = (w->random += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return ((float)(z >> 40) / (1 << 23) - 1.0f) * scale;
}

static bool is_word(unsigned int token)
{
	return token >= SPECIALS + BYTES;
}

static void token_text(unsigned int token, char *text, size_t size)
{
	static const char *const specials[SPECIALS] = { "<unk>", "<s>", "</s>" };

	if (token < SPECIALS)
		snprintf(text, size, "%s", specials[token]);
	else if (!is_word(token))
		snprintf(text, size, "<0x%02X>", token - SPECIALS);
	else /* U+2581 stands for the space before the word */
		snprintf(text, size, "\xe2\x96\x81%s", words[token - SPECIALS - BYTES]);
}

static enum token_type token_kind(unsigned int token)
{
	if (token == 0)
		return TOKEN_UNKNOWN;
	if (token < SPECIALS)
		return TOKEN_CONTROL;
	return is_word(token) ? TOKEN_NORMAL : TOKEN_BYTE;
}

enum { KEYS = 14 };

static void put_metadata(struct writer *w)
{
	char text[64];
	unsigned int t;

	put_key_string(w, "general.architecture", "llama");
	put_key_string(w, "general.name", "cloison demo");
	put_key_u32(w, "llama.context_length", CONTEXT);
	put_key_u32(w, "llama.embedding_length", EMBEDDING);
	put_key_u32(w, "llama.block_count", LAYERS);
	put_key_u32(w, "llama.feed_forward_length", FEED_FORWARD);
	put_key_u32(w, "llama.attention.head_count", HEADS);
	put_key(w, "llama.attention.layer_norm_rms_epsilon", GGUF_FLOAT32);
	put_f32(w, 1e-5f);
	put_key_string(w, "tokenizer.ggml.model", "llama");
	put_key_array(w, "tokenizer.ggml.tokens", GGUF_STRING, VOCABULARY);
	for (t = 0; t < VOCABULARY; t++) {
		token_text(t, text, sizeof(text));
		put_string(w, text);
	}
	put_key_array(w, "tokenizer.ggml.scores", GGUF_FLOAT32, VOCABULARY);
	for (t = 0; t < VOCABULARY; t++)
		put_f32(w, is_word(t) ? -(float)t : 0.0f);
	put_key_array(w, "tokenizer.ggml.token_type", GGUF_INT32, VOCABULARY);
	for (t = 0; t < VOCABULARY; t++)
		put_u32(w, token_kind(t));
	put_key_u32(w, "tokenizer.ggml.bos_token_id", 1);
	put_key_u32(w, "tokenizer.ggml.eos_token_id", 2);
}

static unsigned int list_tensors(struct tensor *list)
{
	static const struct {
		const char *name;
		uint64_t columns, rows;
	} layer[] = {
		{ "attn_norm", EMBEDDING, 0 },		 { "attn_q", EMBEDDING, EMBEDDING },
		{ "attn_k", EMBEDDING, EMBEDDING },	 { "attn_v", EMBEDDING, EMBEDDING },
		{ "attn_output", EMBEDDING, EMBEDDING }, { "ffn_norm", EMBEDDING, 0 },
		{ "ffn_gate", EMBEDDING, FEED_FORWARD }, { "ffn_up", EMBEDDING, FEED_FORWARD },
		{ "ffn_down", FEED_FORWARD, EMBEDDING },
	};
	unsigned int n = 0, i, j;

	list[n++] = (struct tensor){ "token_embd.weight", EMBEDDING, VOCABULARY };
	list[n++] = (struct tensor){ "output_norm.weight", EMBEDDING, 0 };
	list[n++] = (struct tensor){ "output.weight", EMBEDDING, VOCABULARY };
	for (i = 0; i < LAYERS; i++)
		for (j = 0; j < sizeof(layer) / sizeof(layer[0]); j++, n++) {
			snprintf(list[n].name, sizeof(list[n].name), "blk.%u.%s.weight", i,
				 layer[j].name);
			list[n].columns = layer[j].columns;
			list[n].rows = layer[j].rows;
		}
	return n;
}

static uint64_t tensor_elements(const struct tensor *t)
{
	return t->columns * (t->rows ? t->rows : 1);
}

static uint64_t align(uint64_t n)
{
	return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void put_tensor_table(struct writer *w, const struct tensor *list, unsigned int n)
{
	uint64_t offset = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		put_string(w, list[i].name);
		put_u32(w, list[i].rows ? 2 : 1);
		put_u64(w, list[i].columns);
		if (list[i].rows)
			put_u64(w, list[i].rows);
		put_u32(w, TENSOR_F32);
		put_u64(w, offset);
		offset = align(offset + tensor_elements(&list[i]) * sizeof(float));
	}
}

static void put_padding(struct writer *w)
{
	static const char zeros[ALIGNMENT];
	long at = ftell(w->file);

	put(w, zeros, align(at) - at);
}

static void put_tensor(struct writer *w, const struct tensor *t)
{
	bool output = !strcmp(t->name, "output.weight");
	uint64_t i;

	for (i = 0; i < tensor_elements(t); i++) {
		if (!t->rows) /* a norm */
			put_f32(w, 1.0f);
		else if (output && !is_word(i / t->columns)) /* never say a byte or stop early */
			put_f32(w, 0.0f);
		else
			put_f32(w, weight(w, t->rows == VOCABULARY ? 1.0f : 0.2f));
	}
	put_padding(w);
}

int main(int argc, char **argv)
{
	struct tensor list[MAX_TENSORS];
	struct writer w = { 0 };
	unsigned int n, i;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: %s FILE [SEED]\n", argv[0]);
		return 2;
	}
	w.random = argc == 3 ? strtoull(argv[2], NULL, 0) : 1;
	w.file = fopen(argv[1], "wbe");
	if (!w.file) {
		fprintf(stderr, "make-model: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	n = list_tensors(list);
	put(&w, "GGUF", 4);
	put_u32(&w, 3);
	put_u64(&w, n);
	put_u64(&w, KEYS);
	put_metadata(&w);
	put_tensor_table(&w, list, n);
	put_padding(&w);
	for (i = 0; i < n; i++)
		put_tensor(&w, &list[i]);
	if (fclose(w.file)) {
		perror("make-model: close");
		return 1;
	}
	return 0;
}
