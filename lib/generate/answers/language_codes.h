// Codes of languages with two letters (ISO 639-1), and those with three letters (ISO 639-3) that mean
// the same: that of the language, and that of the variety that models have in its place.
#pragma once

#include <array>
#include <string_view>

namespace quire::generate {

struct LanguageCodes {
    std::string_view two;
    std::string_view three;
    std::string_view variety = {};
};

// clang-format off
inline constexpr std::array kLanguageCodes = std::to_array<LanguageCodes>({
    {"aa", "aar"}, {"ab", "abk"}, {"af", "afr"}, {"ak", "aka"}, {"am", "amh"},
    {"ar", "ara", "arb"}, {"as", "asm"}, {"ay", "aym", "ayr"}, {"az", "aze", "azj"}, {"ba", "bak"},
    {"be", "bel"}, {"bg", "bul"}, {"bm", "bam"}, {"bn", "ben"}, {"bo", "bod"}, {"br", "bre"},
    {"bs", "bos"}, {"ca", "cat"}, {"cs", "ces"}, {"cv", "chv"}, {"cy", "cym"}, {"da", "dan"},
    {"de", "deu"}, {"dz", "dzo"}, {"ee", "ewe"}, {"el", "ell"}, {"en", "eng"}, {"eo", "epo"},
    {"es", "spa"}, {"et", "est", "ekk"}, {"eu", "eus"}, {"fa", "fas", "pes"}, {"ff", "ful", "fuv"},
    {"fi", "fin"}, {"fj", "fij"}, {"fo", "fao"}, {"fr", "fra"}, {"fy", "fry"}, {"ga", "gle"},
    {"gd", "gla"}, {"gl", "glg"}, {"gn", "grn"}, {"gu", "guj"}, {"ha", "hau"}, {"he", "heb"},
    {"hi", "hin"}, {"hr", "hrv"}, {"ht", "hat"}, {"hu", "hun"}, {"hy", "hye"}, {"id", "ind"},
    {"ig", "ibo"}, {"is", "isl"}, {"it", "ita"}, {"ja", "jpn"}, {"jv", "jav"}, {"ka", "kat"},
    {"kk", "kaz"}, {"km", "khm"}, {"kn", "kan"}, {"ko", "kor"}, {"ku", "kur", "kmr"},
    {"ky", "kir"}, {"lb", "ltz"}, {"lg", "lug"}, {"ln", "lin"}, {"lo", "lao"}, {"lt", "lit"},
    {"lv", "lav", "lvs"}, {"mg", "mlg", "plt"}, {"mi", "mri"}, {"mk", "mkd"}, {"ml", "mal"},
    {"mn", "mon", "khk"}, {"mr", "mar"}, {"ms", "msa", "zsm"}, {"mt", "mlt"}, {"my", "mya"},
    {"ne", "nep", "npi"}, {"nl", "nld"}, {"nb", "nob"}, {"nn", "nno"}, {"no", "nor", "nob"},
    {"ny", "nya"}, {"oc", "oci"}, {"om", "orm", "gaz"}, {"or", "ori", "ory"}, {"pa", "pan"},
    {"pl", "pol"}, {"ps", "pus", "pbt"}, {"pt", "por"}, {"qu", "que", "quy"}, {"rn", "run"},
    {"ro", "ron"}, {"ru", "rus"}, {"rw", "kin"}, {"sa", "san"}, {"sd", "snd"}, {"sg", "sag"},
    {"si", "sin"}, {"sk", "slk"}, {"sl", "slv"}, {"sm", "smo"}, {"sn", "sna"}, {"so", "som"},
    {"sq", "sqi", "als"}, {"sr", "srp"}, {"ss", "ssw"}, {"st", "sot"}, {"su", "sun"},
    {"sv", "swe"}, {"sw", "swa", "swh"}, {"ta", "tam"}, {"te", "tel"}, {"tg", "tgk"},
    {"th", "tha"}, {"ti", "tir"}, {"tk", "tuk"}, {"tl", "tgl"}, {"tn", "tsn"}, {"ts", "tso"},
    {"tr", "tur"}, {"tt", "tat"}, {"ug", "uig"}, {"uk", "ukr"}, {"ur", "urd"},
    {"uz", "uzb", "uzn"}, {"vi", "vie"}, {"wo", "wol"}, {"xh", "xho"}, {"yi", "yid", "ydd"},
    {"yo", "yor"}, {"zh", "zho", "cmn"}, {"zu", "zul"},
});
// clang-format on

}  // namespace quire::generate
